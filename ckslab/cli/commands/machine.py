"""The machine itself: doctor, setup."""

from __future__ import annotations

from typing import Annotated

import typer

from ckslab import lab
from ckslab.cli.complete import complete_scenario
from ckslab.cli.options import Output, OutputOption, examples, roots


def doctor(output: OutputOption = Output.text) -> None:
    """Examine whether this machine can run labs.

    Says what to do where it cannot. Exit code: 3 if something is missing.
    """
    findings = lab.examine()
    if output is Output.json:
        from ckslab.render.listing_json import listing_json

        typer.echo(listing_json("findings", findings))
    else:
        from ckslab.render.console import console
        from ckslab.render.listing import print_findings

        print_findings(console(), findings)
    raise typer.Exit(3 if any(finding.level == "bad" for finding in findings) else 0)


def setup(
    ctx: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID", help="Scenarios, for what they need beside a plain lab.", autocompletion=complete_scenario
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="For all scenarios.")] = False,
) -> None:
    """Make this machine ready for labs.

    Fetches or builds now what the first lab would otherwise wait for. Gatekeeper is needed by its scenarios
    alone: name one of them, or say --all.
    """
    from ckslab.render.progress import shown_progress

    folders = roots(ctx, None)
    with shown_progress() as progress:
        lab.set_up_machine(progress, lab.scenario_ids(folders) if every else ids or [], folders)
    typer.echo("this machine is ready\nnext: ckslab list · ckslab start SCENARIO")


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("doctor", epilog=examples("ckslab doctor", "ckslab doctor --output json"))(doctor)
    app.command("setup", epilog=examples("ckslab setup", "ckslab setup k8strustedimages"))(setup)
