"""A lab's life: status, reset, stop."""

from __future__ import annotations

from typing import Annotated

import typer

from ckslab import lab
from ckslab.cli.choose import choose, suffix
from ckslab.cli.options import LabName, Output, OutputOption, examples
from ckslab.errors import UsageError


def status(name: LabName = None, output: OutputOption = Output.text) -> None:
    """Show the labs and their last scores."""
    found = lab.all_labs() if name is None else [lab.lab_status(choose(name))]
    if output is Output.json:
        from ckslab.render.listing_json import listing_json

        typer.echo(listing_json("labs", found))
    elif not found:
        typer.echo("there is no lab\nnext: ckslab list · ckslab start SCENARIO")
    else:
        from ckslab.render.console import console
        from ckslab.render.listing import print_labs

        print_labs(console(), found)


def reset(name: LabName = None) -> None:
    """Make the lab as it was at its start.

    Your work on it is lost.
    """
    from ckslab.render.progress import shown_progress

    chosen = choose(name)
    with shown_progress() as progress:
        lab.reset_lab(chosen, progress)
    typer.echo(f"lab {chosen.name} is as it was at its start")
    typer.echo("its certificates and keys were made anew: what you copied before may not fit them")
    named = f" {shown}" if (shown := suffix(chosen.name)) else ""
    typer.echo(f"next: ckslab task{named} · ckslab shell{named}")


def stop(
    name: LabName = None, everything: Annotated[bool, typer.Option("--all", help="All labs.")] = False
) -> None:
    """Stop a lab and remove it.

    What was graded stays in the history, and the last report can still be read.
    """
    from ckslab.render.progress import shown_progress

    if everything and name is not None:
        raise UsageError("name a lab or give --all, not both")
    chosen = [lab.find_lab(one) for one in (*lab.lab_names(), *lab.lost_labs())] if everything else [choose(name)]
    removed, refused = [], []
    with shown_progress() as progress:
        for one in chosen:
            try:
                lost = lab.stop_lab(one, progress)
            except UsageError as error:  # a task of an exam stays, and keeps no other lab
                refused.append(error)
                continue
            removed.append(f"lab {one.name} is removed")
            if lost:
                progress.pause()
                typer.echo(lost, err=True)
    if removed or not chosen:
        typer.echo("\n".join(removed) or "there is no lab")
    if refused:
        raise refused[0]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("status", epilog=examples("ckslab status", "ckslab status --output json"))(status)
    app.command("reset", epilog=examples("ckslab reset", "ckslab reset ipw-complete"))(reset)
    app.command("stop", epilog=examples("ckslab stop", "ckslab stop --all"))(stop)
