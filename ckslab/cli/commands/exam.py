"""Exams: exam, exam start, list, status, pause, resume, submit, abandon, report, regrade."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ckslab.cli.asking import ask
from ckslab.cli.complete import complete_exam, complete_scenario
from ckslab.cli.options import Cluster, ClusterOption, Output, OutputOption, Scenarios, examples, roots
from ckslab.errors import UsageError

if TYPE_CHECKING:
    from ckslab.exam.results import ExamResult
    from ckslab.exam.sitting import Sitting

app = typer.Typer(
    rich_markup_mode=None,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="""Sit an exam: drawn tasks, a host for each, and a clock.

    Without a command: open a terminal of the exam that is being sat, as many as you like. With --web: serve
    its page for your browser, laid out as the real exam is; both may be used by turns.

    `start` draws tasks and starts the clock. On base, `tasks` lists them and `ssh cks-1` opens the first host.
    Hints, solutions and grades come after `submit`.""",
    epilog=examples(
        "ckslab exam start --tasks 4",
        "ckslab exam",
        "ckslab exam --web",
        "ckslab exam submit",
        "ckslab exam report",
    ),
)

ExamId = Annotated[
    str | None,
    typer.Argument(metavar="EXAM", help="The exam, the last one unless given.", autocompletion=complete_exam),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.callback()
def exam(
    ctx: typer.Context,
    web: Annotated[
        bool, typer.Option("--web", help="Sit it in a browser: serve its page on this machine.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The page's port (one that is free unless given).")
    ] = 0,
) -> None:
    """See the application's help."""
    if ctx.invoked_subcommand is not None:
        if web or port:
            raise UsageError("--web and --port go without a command", advice="ckslab exam --web")
        return
    from ckslab.exam.attend import attend

    if port and not web:
        raise UsageError("--port goes with --web", advice=f"ckslab exam --web --port {port}")
    if web:
        from ckslab.cli.exam_web import serve_exam

        sitting = attend()
        if sitting.state == "preparing":
            raise UsageError("the exam's clock does not run yet", advice="ckslab exam resume")
        serve_exam(sitting, port)
    else:
        _open(attend())


@app.command(
    epilog=examples(
        "ckslab exam start",
        "ckslab exam start --tasks 4 --level medium",
        "ckslab exam start --minutes 60 --topic images --topic scanning",
        "ckslab exam start --seed 4711",
        "ckslab exam start ipw-tls vap-registry --practice",
    )
)
def start(
    ctx: typer.Context,
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SCENARIO",
            help="Exactly these tasks; drawn where none is named.",
            autocompletion=complete_scenario,
        ),
    ] = None,
    minutes: Annotated[
        int | None,
        typer.Option(
            "--minutes", min=1, max=1440, help="The time: 120, or the tasks' own where --tasks or names are given."
        ),
    ] = None,
    tasks: Annotated[
        int | None, typer.Option("--tasks", min=1, help="How many (as many as the time holds).")
    ] = None,
    topic: Annotated[list[str] | None, typer.Option("--topic", help="Only of this topic (repeatable).")] = None,
    level: Annotated[str | None, typer.Option("--level", help="Only easy, medium or hard ones.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Draw the same exam again.")] = None,
    labs: Annotated[
        int | None, typer.Option("--labs", min=1, max=20, help="Hosts that run at once (measured unless given).")
    ] = None,
    practice: Annotated[
        bool, typer.Option("--practice", help="The clock can be paused; the report says so.")
    ] = False,
    stock: Annotated[
        bool, typer.Option("--stock", help="Edits take the exam's own time, nearly a minute each.")
    ] = False,
    cluster: ClusterOption = Cluster.auto,
    folders: Scenarios = None,
    output: OutputOption = Output.text,
) -> None:
    """Draw an exam and start its clock.

    The first two hosts are made before the clock starts, the others while you work. What this machine cannot run is
    left out, and named.
    """
    from ckslab.exam.begin import ExamWish, draw_exam
    from ckslab.render.console import console
    from ckslab.render.exam_screen import print_drawn
    from ckslab.render.progress import shown_progress

    wish = ExamWish(
        roots(ctx, folders),
        minutes,
        tasks,
        tuple(topic or ()),
        level,
        tuple(scenarios or ()),
        seed,
        labs,
        cluster.value,
        practice,
        stock,
    )
    _check(wish.topics, level)
    with shown_progress() as progress:
        progress.step("looking at what can run here")
        sitting = draw_exam(wish)
    if output is Output.text:
        print_drawn(console(), sitting)
    _begin(sitting, output)


@app.command("list", epilog=examples("ckslab exam list", "ckslab exam list --output json"))
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


@app.command(epilog=examples("ckslab exam status", "ckslab exam status --output json"))
def status(output: OutputOption = Output.text) -> None:
    """Show the exam that is being sat: its tasks and the time left."""
    from ckslab.exam.attend import attend
    from ckslab.exam.clock import present, remaining
    from ckslab.exam.terminal.programs import rows

    sitting = attend()
    if output is Output.json:
        _status_json(sitting)
        return
    left = remaining(sitting, present(sitting.folder))
    from ckslab.exam.terminal.screen import Paper
    from ckslab.render.console import console
    from ckslab.render.exam_screen import TextScreen

    out = console()
    typer.echo(f"exam {sitting.id} is {sitting.state}")
    typer.echo(TextScreen().tasks(rows(sitting), left, Paper(out.width, out.is_terminal)), nl=False)
    typer.echo(f"next: {_NEXT[sitting.state]}")


def _status_json(sitting: Sitting) -> None:
    from ckslab.exam.clock import present, remaining
    from ckslab.exam.terminal.programs import rows
    from ckslab.render.exam_json import status_json

    typer.echo(status_json(sitting, rows(sitting), remaining(sitting, present(sitting.folder))))


_NEXT = {
    "preparing": "ckslab exam resume · ckslab exam abandon",
    "running": "ckslab exam · ckslab exam submit",
    "paused": "ckslab exam resume",
    "over": "ckslab exam submit (its grades are not all there)",
}


@app.command(epilog=examples("ckslab exam pause"))
def pause() -> None:
    """Stop the clock of an exam that was started with --practice.

    Its terminals close; the hosts stay as they are.
    """
    from ckslab.exam.attend import attend
    from ckslab.exam.attend import pause as pause_exam

    sitting = pause_exam(attend())
    typer.echo(f"exam {sitting.id} is paused\nnext: ckslab exam resume")


@app.command(epilog=examples("ckslab exam resume"))
def resume() -> None:
    """Go on with an exam that is paused, or whose start was interrupted, and open a terminal."""
    from ckslab.exam.attend import attend
    from ckslab.exam.attend import resume as resume_exam

    sitting = attend()
    if sitting.state == "preparing":
        _begin(sitting)
    else:
        _open(resume_exam(sitting))


@app.command(epilog=examples("ckslab exam submit", "ckslab exam submit --yes --output json"))
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
    raise typer.Exit(_grade(sitting.id, output))


@app.command(epilog=examples("ckslab exam abandon", "ckslab exam abandon 2026-11-27-a"))
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


@app.command(epilog=examples("ckslab exam report", "ckslab exam report 2026-11-27-a --output json"))
def report(exam_id: ExamId = None, output: OutputOption = Output.text) -> None:
    """Show what an exam gave.

    Exit code: 0 passed, 1 not passed, 3 undecided.
    """
    from ckslab.exam.attend import last_exam
    from ckslab.exam.outcome import exam_result

    raise typer.Exit(_show(exam_result(exam_id or last_exam()), output))


@app.command(epilog=examples("ckslab exam regrade"))
def regrade(exam_id: ExamId = None, output: OutputOption = Output.text) -> None:
    """Grade again what could not be found out."""
    from ckslab.exam.attend import last_exam
    from ckslab.exam.grading import regrade as regrade_exam
    from ckslab.exam.outcome import exam_result
    from ckslab.render.progress import shown_progress

    chosen = exam_id or last_exam()
    with shown_progress() as progress:
        regrade_exam(chosen, progress)
    raise typer.Exit(_show(exam_result(chosen), output))


def _begin(sitting: Sitting, output: Output = Output.text) -> None:
    """Make the first hosts, start the clock when the learner is there, and open a terminal where this is one."""
    from ckslab.cli.exam_terminal import is_terminal
    from ckslab.exam.begin import begin, prepare
    from ckslab.render.progress import shown_progress

    with shown_progress() as progress:
        prepare(sitting, progress)
    terminal = output is Output.text and is_terminal()
    if terminal:
        ask("The first hosts are ready. Enter starts the clock: ")
    sitting = begin(sitting)
    if terminal:
        _open(sitting)
    elif output is Output.json:
        _status_json(sitting)
    else:
        typer.echo(f"the clock of exam {sitting.id} runs\nnext: ckslab exam · ckslab exam status")


def _open(sitting: Sitting) -> None:
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
    raise typer.Exit(_grade(sitting.id, Output.text))


def _grade(exam_id: str, output: Output) -> int:
    from ckslab.exam.grading import finish
    from ckslab.exam.outcome import exam_result
    from ckslab.render.progress import shown_progress

    with shown_progress() as progress:
        finish(exam_id, progress)
    code = _show(exam_result(exam_id), output)
    if output is Output.text:
        typer.echo(
            f"its hosts sleep, and are labs like any other now: ckslab status · ckslab exam abandon {exam_id}"
        )
    return code


def _show(result: ExamResult, output: Output) -> int:
    if output is Output.json:
        from ckslab.render.exam_json import result_json

        typer.echo(result_json(result))
    else:
        from ckslab.render.console import console
        from ckslab.render.exam_screen import print_result

        print_result(console(), result)
    return {True: 0, False: 1, None: 3}[result.passed]


def _sure(question: str, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("this asks before it does it", advice="--yes answers beforehand")
    if ask(f"{question}? [y/N] ").lower() not in ("y", "yes"):
        raise typer.Exit(1)


def _check(topics: tuple[str, ...], level: str | None) -> None:
    from ckslab.errors import nearest
    from ckslab.exam.draw import LEVELS, TOPICS

    for topic in topics:
        if topic not in TOPICS:
            raise typer.BadParameter(f"there is no topic {topic!r}{nearest(topic, TOPICS)}")
    if level is not None and level not in LEVELS:
        raise typer.BadParameter(f"there is no level {level!r}; known: {', '.join(LEVELS)}")
