"""Getting help: hint, solution, rescue, explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ckslab import lab
from ckslab.cli.choose import choose, choose_check, suffix
from ckslab.cli.complete import complete_scenario
from ckslab.cli.options import CheckOrLab, LabName, Scenarios, examples, roots

if TYPE_CHECKING:
    from ckslab.lab.model import Lab


def hint(check: CheckOrLab = None, name: LabName = None) -> None:
    """Show the next hint.

    It is for CHECK, or for the first check that fails.
    """
    from ckslab.render.markdown import print_markdown

    chosen, wanted = choose_check(check, name)
    found = lab.next_hint(chosen, wanted)
    print_markdown(f"**{found.check}**, hint {found.number} of {found.total}\n\n{found.text}")
    named = f" {shown}" if (shown := suffix(chosen.name)) else ""
    more = f"ckslab hint {found.check}{named}" if found.number < found.total else f"ckslab solution{named}"
    typer.echo(f"next: {more}", err=True)


def solution(name: LabName = None) -> None:
    """Show the solution.

    Reports say from then on that it was shown.
    """
    from ckslab.render.markdown import print_markdown

    print_markdown(lab.show_solution(choose(name)))


def rescue(
    name: LabName = None,
    restore: Annotated[
        bool, typer.Option("--restore", help="Put the control plane's files back as they were at the start.")
    ] = False,
) -> None:
    """Say why the API server is down.

    Shows the log's line, and the file and line behind it.
    """
    if restore:
        _restore(choose(name))
        return
    from ckslab.render.console import console
    from ckslab.render.progress import shown_progress
    from ckslab.render.rescue import print_rescue

    with shown_progress() as progress:
        found = lab.rescue_lab(choose(name).running(), progress)
    print_rescue(console(), found)


def _restore(chosen: Lab) -> None:
    from ckslab.render.progress import shown_progress

    with shown_progress() as progress:
        restored = lab.restore_lab(chosen, progress)
    for path in restored:
        typer.echo(f"restored {path}")
    if not restored:
        typer.echo("nothing to restore: the control plane's files are as they were at the start")


def explain(
    ctx: typer.Context,
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="SCENARIO", help="An id; the only lab's where none is named.", autocompletion=complete_scenario
        ),
    ] = None,
    scenarios: Scenarios = None,
) -> None:
    """Say what to take away from a scenario.

    Why it matters, how it is done in production, what to read. It gives no answer away.
    """
    from ckslab.render.markdown import print_markdown

    found = lab.load_scenario(scenario, roots(ctx, scenarios)) if scenario else choose(None).scenario
    print_markdown(lab.explain(found))


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("hint", epilog=examples("ckslab hint", "ckslab hint readable"))(hint)
    app.command("solution", epilog=examples("ckslab solution"))(solution)
    app.command("explain", epilog=examples("ckslab explain", "ckslab explain ipw-complete"))(explain)
    app.command("rescue", epilog=examples("ckslab rescue", "ckslab rescue --restore"))(rescue)
