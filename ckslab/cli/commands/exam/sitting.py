"""The exam that is being sat: exam status, pause, resume, submit, abandon."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ckslab.cli.asking import ask
from ckslab.cli.commands.exam.options import ExamId, Web
from ckslab.cli.commands.exam.results import grade_and_show
from ckslab.cli.commands.exam.terminal import begin_clock, open_terminal, print_status_json, serve_page
from ckslab.cli.options import Output, OutputOption, examples
from ckslab.errors import UsageError

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


_NEXT = {
    "preparing": "ckslab exam resume · ckslab exam abandon",
    "running": "ckslab exam · ckslab exam submit",
    "paused": "ckslab exam resume",
    "over": "ckslab exam submit (its grades are not all there)",
}


def status(output: OutputOption = Output.text) -> None:
    """Show the exam that is being sat: its tasks and the time left."""
    from ckslab.exam.attend import attend
    from ckslab.exam.clock import present, remaining
    from ckslab.exam.terminal.programs import rows

    sitting = attend()
    if output is Output.json:
        print_status_json(sitting)
        return
    left = remaining(sitting, present(sitting.folder))
    from ckslab.exam.terminal.screen import Paper
    from ckslab.render.console import console
    from ckslab.render.exam_screen import TextScreen

    out = console()
    typer.echo(f"exam {sitting.id} is {sitting.state}")
    typer.echo(TextScreen().tasks(rows(sitting), left, Paper(out.width, out.is_terminal)), nl=False)
    typer.echo(f"next: {_NEXT[sitting.state]}")


def pause() -> None:
    """Stop the clock of an exam that was started with --practice.

    Its terminals close; the hosts stay as they are.
    """
    from ckslab.exam.attend import attend
    from ckslab.exam.attend import pause as pause_exam

    sitting = pause_exam(attend())
    typer.echo(f"exam {sitting.id} is paused\nnext: ckslab exam resume")


def resume(web: Web = False) -> None:
    """Go on with an exam that is paused, or whose start was interrupted."""
    from ckslab.exam.attend import attend
    from ckslab.exam.attend import resume as resume_exam

    sitting = attend()
    if web:
        from ckslab.web.serve import need_extra

        need_extra()
    if sitting.state == "preparing":
        begin_clock(sitting, web=web)
    elif web:
        serve_page(resume_exam(sitting))
    else:
        open_terminal(resume_exam(sitting))


def submit(yes: Yes = False, output: OutputOption = Output.text) -> None:
    """End the exam and have it graded.

    Goes on where grading was interrupted. Exit code: 0 passed, 1 not passed, 3 undecided.
    """
    from ckslab.exam.attend import attend
    from ckslab.exam.ending import end_work

    sitting = attend()
    if sitting.state == "preparing":
        raise UsageError("the exam has not begun", advice="ckslab exam resume · ckslab exam abandon")
    if sitting.state != "over":
        _sure("End the exam and have it graded? There is no way back", yes)
        end_work(sitting.id, by_time=False)
    raise typer.Exit(grade_and_show(sitting.id, output))


def abandon(exam_id: ExamId = None, yes: Yes = False) -> None:
    """Give an exam up, and remove its hosts.

    Of one that is graded the result stays, and its hosts alone are removed.
    """
    from ckslab.exam import attend
    from ckslab.exam.sitting import exam_folder
    from ckslab.render.progress import shown_progress

    chosen = exam_id or attend.last_exam()
    if not exam_folder(chosen).is_dir():
        raise UsageError(f"there is no exam {chosen}", advice="ckslab exam list")
    _sure(f"Remove all hosts of exam {chosen}, and the work on them", yes)
    with shown_progress() as progress:
        attend.abandon(chosen, progress)
    typer.echo(f"the hosts of exam {chosen} are removed")


def _sure(question: str, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("this asks before it does it", advice="--yes answers beforehand")
    if ask(f"{question}? [y/N] ").lower() not in ("y", "yes"):
        raise typer.Exit(1)


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(epilog=examples("ckslab exam status", "ckslab exam status --output json"))(status)
    app.command(epilog=examples("ckslab exam pause"))(pause)
    app.command(epilog=examples("ckslab exam resume", "ckslab exam resume --web"))(resume)
    app.command(epilog=examples("ckslab exam submit", "ckslab exam submit --yes --output json"))(submit)
    app.command(epilog=examples("ckslab exam abandon", "ckslab exam abandon 2026-11-27-a"))(abandon)
