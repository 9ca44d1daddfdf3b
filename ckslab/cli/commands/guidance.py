"""Getting help: hint, solution, rescue."""

from __future__ import annotations

from typing import Annotated

import typer

from ckslab.cli import usecases
from ckslab.cli.choose import choose, choose_check, suffix
from ckslab.cli.examples import examples
from ckslab.cli.options import CheckOrLab, Lab


def hint(check: CheckOrLab = None, lab: Lab = None) -> None:
    """Show the next hint.

    It is for CHECK, or for the first check that fails.
    """
    from ckslab.render.markdown import print_markdown

    name, wanted = choose_check(check, lab)
    found = usecases.next_hint(name, wanted)
    print_markdown(f"**{found.check}**, hint {found.number} of {found.total}\n\n{found.text}")
    named = f" {shown}" if (shown := suffix(name)) else ""
    more = f"ckslab hint {found.check}{named}" if found.number < found.total else f"ckslab solution{named}"
    typer.echo(f"next: {more}", err=True)


def solution(lab: Lab = None) -> None:
    """Show the solution.

    Reports say from then on that it was shown.
    """
    from ckslab.render.markdown import print_markdown

    print_markdown(usecases.solution(choose(lab)))


def rescue(
    lab: Lab = None,
    restore: Annotated[
        bool, typer.Option("--restore", help="Put the control plane's files back as they were at the start.")
    ] = False,
) -> None:
    """Say why the API server is down.

    Shows the log's line, and the file and line behind it.
    """
    name = choose(lab)
    if restore:
        _restore(name)
        return
    from ckslab.render.console import console
    from ckslab.render.rescue import print_rescue

    print_rescue(console(), usecases.rescue(name))


def _restore(name: str) -> None:
    from ckslab.render.progress import shown_progress

    with shown_progress() as progress:
        restored = usecases.restore(name, progress)
    for path in restored:
        typer.echo(f"restored {path}")
    if not restored:
        typer.echo("nothing to restore: the control plane's files are as they were at the start")


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("hint", epilog=examples("ckslab hint", "ckslab hint readable"))(hint)
    app.command("solution", epilog=examples("ckslab solution"))(solution)
    app.command("rescue", epilog=examples("ckslab rescue", "ckslab rescue --restore"))(rescue)
