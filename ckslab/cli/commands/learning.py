"""What to practise: progress, next."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from ckslab import lab
from ckslab.cli.options import Output, OutputOption, Scenarios, examples, roots
from ckslab.errors import UsageError


def progress(ctx: typer.Context, output: OutputOption = Output.text, scenarios: Scenarios = None) -> None:
    """Show how far you are, by bullet and topic.

    Mastered is what you passed twice, the last time without hint or solution.
    """
    catalogue = _catalogue(ctx, scenarios)
    standing = lab.standing_of(catalogue.entries)
    if output is Output.json:
        typer.echo(json.dumps({"format": 1, **asdict(standing)}, indent=2))
        return
    from ckslab.render.console import console
    from ckslab.render.standing import print_standing

    print_standing(console(), standing)


def next_(ctx: typer.Context, output: OutputOption = Output.text, scenarios: Scenarios = None) -> None:
    """Name one scenario to practise now, and why."""
    from datetime import UTC, datetime

    advice = lab.advise(_catalogue(ctx, scenarios).entries, datetime.now(UTC))
    if advice is None:
        raise UsageError("there is no scenario", advice="ckslab list")
    if output is Output.json:
        typer.echo(json.dumps({"format": 1, "next": asdict(advice)}, indent=2))
        return
    from ckslab.render.console import console
    from ckslab.render.standing import print_advice

    print_advice(console(), advice)


def _catalogue(ctx: typer.Context, scenarios: Scenarios) -> lab.Catalogue:
    from ckslab.render.error import print_error

    found = lab.scenarios(roots(ctx, scenarios))
    for problem in found.problems:
        print_error(problem)
    return found


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("next", epilog=examples("ckslab next", "ckslab next --output json"))(next_)
    app.command("progress", epilog=examples("ckslab progress", "ckslab progress --output json"))(progress)
