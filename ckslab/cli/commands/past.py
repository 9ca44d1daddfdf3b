"""What was practised: history, its export and import."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ckslab import lab
from ckslab.cli.complete import complete_scenario
from ckslab.cli.default_command import DefaultGroup
from ckslab.cli.options import Output, OutputOption, examples
from ckslab.cli.output_file import PIPE
from ckslab.errors import LabError, UsageError

app = typer.Typer(
    cls=DefaultGroup,
    rich_markup_mode=None,
    help="Show what was graded, and take it to another machine.",
    epilog=examples("ckslab history", "ckslab history ipw-complete --limit 5", "ckslab history export mine.jsonl"),
)


@app.command("show", epilog=examples("ckslab history", "ckslab history ipw-complete", "ckslab history -o json"))
def show(
    scenario: Annotated[
        str | None,
        typer.Argument(metavar="SCENARIO", help="Only this one.", autocompletion=complete_scenario),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="So many of the latest.")] = 20,
    output: OutputOption = Output.text,
) -> None:
    """Show the latest gradings (what `ckslab history` means).

    Each live grade is kept, with what every check gave; grades of files are not.
    """
    from ckslab.render.error import print_error

    found = lab.history(scenario)
    for trouble in found.troubles:
        print_error(LabError(trouble))
    latest = found.entries[:limit]
    if output is Output.json:
        from ckslab.render.history_json import history_json

        typer.echo(history_json(latest))
        return
    if not latest:
        typer.echo(f"nothing was graded yet{f' of {scenario}' if scenario else ''}\nnext: ckslab next")
        return
    from ckslab.render.console import console
    from ckslab.render.history import print_history

    print_history(console(), latest)
    if len(found.entries) > limit:
        typer.echo(f"{len(found.entries)} in all: --limit {len(found.entries)} shows them", err=True)


@app.command(
    "export", epilog=examples("ckslab history export mine.jsonl", "ckslab history export - | gzip > mine.gz")
)
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE|-", allow_dash=True, help="- is standard output.")],
) -> None:
    """Write the history to a file, a JSON line for each grading."""
    if file == PIPE:
        for line in lab.export_history():
            sys.stdout.buffer.write(line)
        return
    count = 0
    try:
        with file.open("xb") as out:
            for line in lab.export_history():
                out.write(line)
                count += 1
    except FileExistsError as error:
        raise UsageError(f"{file} is there already", advice="name another file") from error
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from error
    typer.echo(
        f"{file} holds {count} grading{'' if count == 1 else 's'}\nnext: ckslab history import {file} (there)"
    )


@app.command("import", epilog=examples("ckslab history import mine.jsonl"))
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE|-", allow_dash=True, help="- is standard input.")],
) -> None:
    """Add the gradings of another machine's history.

    What is there already is not added again. Either all that is new is added, or nothing.
    """
    if file == PIPE:
        found = lab.import_history(sys.stdin.buffer)
    else:
        try:
            with file.open("rb") as opened:
                found = lab.import_history(opened)
        except OSError as error:
            raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    typer.echo(f"{found.new} new, {found.known} known already, {found.unreadable} not readable")
    if found.unreadable:
        where = ", ".join(map(str, found.lines)) + (", ..." if found.unreadable > len(found.lines) else "")
        typer.echo(f"not readable: line {where}", err=True)


def add_to(parent: typer.Typer) -> None:
    """Add these commands."""
    parent.add_typer(app, name="history")
