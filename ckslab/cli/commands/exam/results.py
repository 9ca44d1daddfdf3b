"""What exams gave: exam list, report, regrade."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ckslab.cli.commands.exam.options import ExamId
from ckslab.cli.options import Output, OutputOption, examples

if TYPE_CHECKING:
    from ckslab.exam.results import ExamResult


def list_(output: OutputOption = Output.text) -> None:
    """List the exams and their scores."""
    from ckslab.errors import CkslabError
    from ckslab.exam.outcome import result_of
    from ckslab.exam.sitting import exam_ids, read_sitting
    from ckslab.render.error import print_error

    found = []
    for exam_id in exam_ids():
        try:
            sitting = read_sitting(exam_id)
        except CkslabError as error:
            print_error(error)
        else:
            found.append((sitting, result_of(sitting) if sitting.state == "graded" else None))
    if output is Output.json:
        from ckslab.render.exam_json import exams_json

        typer.echo(exams_json(found))
    elif not found:
        typer.echo("there is no exam\nnext: ckslab exam start")
    else:
        from ckslab.render.console import console
        from ckslab.render.exam_screen import print_exams

        print_exams(console(), found)


def report(exam_id: ExamId = None, output: OutputOption = Output.text) -> None:
    """Show what an exam gave.

    Exit code: 0 passed, 1 not passed, 3 undecided.
    """
    from ckslab.exam.attend import last_exam
    from ckslab.exam.outcome import exam_result

    raise typer.Exit(show_result(exam_result(exam_id or last_exam()), output))


def regrade(exam_id: ExamId = None, output: OutputOption = Output.text) -> None:
    """Grade again what could not be found out."""
    from ckslab.exam.attend import last_exam
    from ckslab.exam.grading import regrade as regrade_exam
    from ckslab.exam.outcome import exam_result
    from ckslab.render.progress import shown_progress

    chosen = exam_id or last_exam()
    with shown_progress() as progress:
        regrade_exam(chosen, progress)
    raise typer.Exit(show_result(exam_result(chosen), output))


def grade_and_show(exam_id: str, output: Output) -> int:
    """Have an exam whose work has ended graded, and show what it gave: the exit code."""
    from ckslab.exam.grading import finish
    from ckslab.exam.outcome import exam_result
    from ckslab.render.progress import shown_progress

    with shown_progress() as progress:
        finish(exam_id, progress)
    code = show_result(exam_result(exam_id), output)
    if output is Output.text:
        typer.echo(
            f"its hosts sleep, and are labs like any other now: ckslab status · ckslab exam abandon {exam_id}"
        )
    return code


def show_result(result: ExamResult, output: Output) -> int:
    """Show what an exam gave: the exit code, 0 passed, 1 not passed, 3 undecided."""
    if output is Output.json:
        from ckslab.render.exam_json import result_json

        typer.echo(result_json(result))
    else:
        from ckslab.render.console import console
        from ckslab.render.exam_screen import print_result

        print_result(console(), result)
    return {True: 0, False: 1, None: 3}[result.passed]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("list", epilog=examples("ckslab exam list", "ckslab exam list --output json"))(list_)
    app.command(epilog=examples("ckslab exam report", "ckslab exam report 2026-11-27-a --output json"))(report)
    app.command(epilog=examples("ckslab exam regrade"))(regrade)
