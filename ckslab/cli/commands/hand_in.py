"""Handing in: hand-in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ckslab import lab
from ckslab.cli.choose import choose
from ckslab.cli.options import LabName, examples
from ckslab.cli.output_file import PIPE, refuse_output, write_output

COMMAND = "ckslab hand-in -o"


def hand_in(
    name: LabName = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The archive, LAB.tar.gz unless given (- is standard output)."
        ),
    ] = None,
) -> None:
    """Write an archive of your work, for somebody else to grade.

    It holds the files of the node that the checks read, and what must be known of the lab to grade them.
    """
    chosen = choose(name)
    file = output or Path(f"{chosen.name}.tar.gz")
    refuse_output(file, "an archive", COMMAND, f"{chosen.name}.tar.gz")
    archive = lab.hand_in(chosen)
    write_output(file, archive.data, COMMAND)
    if file == PIPE:
        return
    count = f"{archive.files} files" if archive.files != 1 else "1 file"
    typer.echo(f"{file} holds {count} of lab {chosen.name}\nnext: ckslab grade --files {file}")


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("hand-in", epilog=examples("ckslab hand-in", "ckslab hand-in ipw-complete -o alice.tar.gz"))(
        hand_in
    )
