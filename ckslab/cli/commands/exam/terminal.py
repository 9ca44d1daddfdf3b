"""Into an exam: its clock is started, a terminal of it is opened, its state is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ckslab.cli.asking import ask
from ckslab.cli.commands.exam.results import grade_and_show
from ckslab.cli.options import Output
from ckslab.errors import UsageError

if TYPE_CHECKING:
    from ckslab.exam.sitting import Sitting


def begin_clock(sitting: Sitting, output: Output = Output.text, *, web: bool = False) -> None:
    """Make the first hosts, start the clock when the learner is there, and open a terminal where this is one.

    web: serve the page in its place.
    """
    from ckslab.cli.exam_terminal import is_terminal
    from ckslab.exam.begin import begin, prepare
    from ckslab.render.progress import shown_progress

    with shown_progress() as progress:
        prepare(sitting, progress)
    terminal = output is Output.text and is_terminal()
    if terminal:
        ask("The first hosts are ready. Enter starts the clock: ")
    sitting = begin(sitting)
    if web:
        serve_page(sitting)
    elif terminal:
        open_terminal(sitting)
    elif output is Output.json:
        print_status_json(sitting)
    else:
        typer.echo(f"the clock of exam {sitting.id} runs\nnext: ckslab exam · ckslab exam status")


def serve_page(sitting: Sitting, port: int = 0) -> None:
    """Serve the page until Ctrl-C; 0 is a port that is free."""
    from ckslab.cli.exam_web import serve_exam

    if sitting.state == "preparing":
        raise UsageError("the exam's clock does not run yet", advice="ckslab exam resume --web")
    serve_exam(sitting, port)


def open_terminal(sitting: Sitting) -> None:
    """Open a terminal; where the exam ends in it, its result follows."""
    if sitting.state == "preparing":
        raise UsageError("the exam's clock does not run yet", advice="ckslab exam resume")
    if sitting.state == "paused":
        raise UsageError("the exam is paused", advice="ckslab exam resume")
    if sitting.state == "running":
        from ckslab.cli.exam_terminal import sit

        ended = sit(sitting.id)
        if ended == "exit":
            typer.echo("the exam goes on, and so does its clock\nnext: ckslab exam · ckslab exam submit")
        if ended != "over":
            return
        from ckslab.exam.ending import end_work

        if end_work(sitting.id, by_time=True).state == "abandoned":
            return
    raise typer.Exit(grade_and_show(sitting.id, Output.text))


def print_status_json(sitting: Sitting) -> None:
    """The exam, its tasks and the time left, for programs."""
    from ckslab.exam.clock import present, remaining
    from ckslab.exam.terminal.programs import rows
    from ckslab.render.exam_json import status_json

    typer.echo(status_json(sitting, rows(sitting), remaining(sitting, present(sitting.folder))))
