"""A lab's life: status, reset, stop."""

from __future__ import annotations

from typing import Annotated

import typer

from ckslab.cli import usecases
from ckslab.cli.choose import choose, suffix
from ckslab.cli.examples import examples
from ckslab.cli.options import Lab, Output, OutputOption
from ckslab.errors import UsageError


def status(lab: Lab = None, output: OutputOption = Output.text) -> None:
    """Show the labs and their last scores."""
    found = usecases.status()
    if lab is not None:
        name = choose(lab)
        found = [one for one in found if one.name == name]
    if output is Output.json:
        from ckslab.render.listing_json import listing_json

        typer.echo(listing_json("labs", found))
    elif not found:
        typer.echo("there is no lab\nnext: ckslab list · ckslab start SCENARIO")
    else:
        from ckslab.render.console import console
        from ckslab.render.listing import print_labs

        print_labs(console(), found)


def reset(lab: Lab = None) -> None:
    """Make the lab as it was at its start.

    Your work on it is lost.
    """
    from ckslab.render.progress import shown_progress

    name = choose(lab)
    with shown_progress() as progress:
        usecases.reset(name, progress)
    typer.echo(f"lab {name} is as it was at its start")
    named = f" {shown}" if (shown := suffix(name)) else ""
    typer.echo(f"next: ckslab task{named} · ckslab shell{named}")


def stop(
    lab: Lab = None, everything: Annotated[bool, typer.Option("--all", help="All labs.")] = False
) -> None:
    """Stop a lab and remove it.

    Your best score is kept.
    """
    from ckslab.render.progress import shown_progress

    if everything and lab is not None:
        raise UsageError("name a lab or give --all, not both")
    names = usecases.lab_names() if everything else [choose(lab)]
    with shown_progress() as progress:
        if everything:
            usecases.stop_all(progress)
        else:
            usecases.stop(names[0], progress)
    typer.echo("\n".join(f"lab {name} is removed" for name in names) or "there is no lab")


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("status", epilog=examples("ckslab status", "ckslab status --output json"))(status)
    app.command("reset", epilog=examples("ckslab reset", "ckslab reset ipw-complete"))(reset)
    app.command("stop", epilog=examples("ckslab stop", "ckslab stop --all"))(stop)
