"""Finding a scenario: list, show."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ckslab import lab
from ckslab.cli.complete import complete_bullet
from ckslab.cli.options import Output, OutputOption, ScenarioId, Scenarios, examples, roots
from ckslab.curriculum import BULLET_IDS


class Level(StrEnum):
    """How hard a scenario is."""

    easy = "easy"
    medium = "medium"
    hard = "hard"


EXAMPLE = "xxxxxx"
"""Shown where a lab has its nonce."""


def list_(
    ctx: typer.Context,
    topic: Annotated[str | None, typer.Option("--topic", help="Only this topic.")] = None,
    level: Annotated[Level | None, typer.Option("--level", help="Only this level.")] = None,
    bullet: Annotated[
        str | None,
        typer.Option(
            "--bullet",
            metavar="ID",
            help="Only what trains this bullet of the curriculum.",
            autocompletion=complete_bullet,
        ),
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Only what you have not tried.")] = False,
    failed: Annotated[
        bool, typer.Option("--failed", help="Only what you did not pass the last time; with --new: or never tried.")
    ] = False,
    output: OutputOption = Output.text,
    scenarios: Scenarios = None,
) -> None:
    """List the scenarios and your best scores."""
    from ckslab.render.error import print_error

    catalogue = lab.scenarios(roots(ctx, scenarios))
    for problem in catalogue.problems:
        print_error(problem)
    entries = list(catalogue.entries)
    if topic is not None:
        topics = dict.fromkeys(entry.topic for entry in entries)
        if topic not in topics:
            raise typer.BadParameter(f"no scenario has the topic {topic!r}; topics: {', '.join(topics)}")
        entries = [entry for entry in entries if entry.topic == topic]
    if bullet is not None:
        if bullet not in BULLET_IDS:
            raise typer.BadParameter(f"no such bullet {bullet!r}; bullets: {', '.join(BULLET_IDS)}")
        entries = [entry for entry in entries if entry.bullet == bullet]
    if level is not None:
        entries = [entry for entry in entries if entry.difficulty == level]
    if new or failed:
        entries = [entry for entry in entries if (failed and not entry.tally.last_passed if entry.tally else new)]
    if output is Output.json:
        from ckslab.render.listing_json import listing_json

        typer.echo(listing_json("scenarios", entries))
        return
    if not entries:
        typer.echo("no scenario is so", err=True)
        return
    from ckslab.render.console import console
    from ckslab.render.listing import print_scenarios

    print_scenarios(console(), entries)


def show(ctx: typer.Context, scenario: ScenarioId, scenarios: Scenarios = None) -> None:
    """Show a scenario: its checks and its task."""
    from ckslab.render.console import console
    from ckslab.render.listing import print_overview
    from ckslab.render.markdown import print_markdown

    where = roots(ctx, scenarios)
    found = lab.load_scenario(scenario, where, EXAMPLE)
    print_overview(console(), found)
    print_markdown(found.task)
    if EXAMPLE in found.task:
        typer.echo(f"\n{EXAMPLE} stands for a token that is another one in every lab", err=True)
    if found.draws and found.task != lab.load_scenario(scenario, where, EXAMPLE, seed=None).task:
        typer.echo("\nwhat a lab draws stands here as with --seed 0", err=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(
        "list",
        epilog=examples(
            "ckslab list --topic image-policy-webhook",
            "ckslab list --bullet base-image --level easy",
            "ckslab list --new --failed",
            "ckslab list --output json",
        ),
    )(list_)
    app.command("show", epilog=examples("ckslab show ipw-complete"))(show)
