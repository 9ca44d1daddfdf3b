"""What an exam's terminals say, and what the exam's commands print: texts for people."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.text import Text

from ckslab.exam.results import ExamResult, ExamTaskResult
from ckslab.exam.sitting import Sitting, SittingTask
from ckslab.exam.terminal.screen import Paper, TaskRow
from ckslab.render import clean
from ckslab.render.rows import cell, hanging, show, table
from ckslab.render.words import points

_HOST = {"ready": "", "parked": "asleep", "making": "being made", "trouble": "in trouble"}


def clock_text(seconds: float) -> str:
    """Seconds as h:mm:ss."""
    whole = max(0, int(seconds))
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def minutes_text(seconds: float) -> str:
    """Seconds as minutes and seconds: "7:05"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


class TextScreen:
    """See `ckslab.exam.terminal.screen.Screen`."""

    def welcome(self, sitting: Sitting, seconds: float, paper: Paper) -> str:
        """At the opening of a terminal."""
        count = len(sitting.tasks)
        tasks = f"{count} tasks, each on a host of its own" if count > 1 else "one task, on a host of its own"
        lines = [
            f"Exam {sitting.id}: {tasks}; {clock_text(seconds)} left of {clock_text(sitting.minutes * 60)}.",
            "This is base. `tasks` lists them, `task 1` shows one, `ssh cks-1` opens its host, `exit` leads back.",
            "`flag 1` marks one for later, `time` tells the time, `submit` ends the exam.",
            "Another terminal: `ckslab exam` on your machine, or New terminal on the page of `ckslab exam --web`.",
            "`exit` on base closes this one; the clock goes on.",
        ]

        def draw(out: Console) -> None:
            for line in lines:
                show(out, hanging(out, Text(), cell(line), 0))

        return _printed(paper, draw)

    def task(self, sitting: Sitting, task: SittingTask, text: str, paper: Paper) -> str:
        """A task."""
        flag = " · flagged" if task.flagged else ""
        head = f"Task {task.number} of {len(sitting.tasks)} · {task.weight} % · about {task.minutes} minutes{flag}"
        where = f"Work on its host: ssh {task.host}"
        if not paper.terminal:
            return f"{head}\n{where}\n\n{clean.block(text).rstrip()}\n"

        def draw(out: Console) -> None:
            from rich.markdown import Markdown

            show(out, [cell(head, "bold"), cell(where, "cyan"), Text()])
            out.print(Markdown(clean.block(text), hyperlinks=False, code_theme="ansi_dark"))

        return _printed(paper, draw)

    def tasks(self, rows: Sequence[TaskRow], seconds: float, paper: Paper) -> str:
        """All tasks."""

        def draw(out: Console) -> None:
            head = ("TASK", "HOST", "%", "MIN", "SPENT", "FLAG", "", "TITLE")
            show(out, table(out, head, [_task_row(row) for row in rows]))
            for row in rows:
                if row.host == "trouble" and row.task.trouble:
                    label = Text(f"{row.task.host}:")
                    show(out, hanging(out, label, cell(row.task.trouble, "red"), len(row.task.host) + 2))
            show(out, [cell(f"{clock_text(seconds)} left", "bold")])

        return _printed(paper, draw)

    def time(self, sitting: Sitting, seconds: float, paper: Paper) -> str:
        """The time left."""
        parts = [f"{clock_text(seconds)} left of {clock_text(sitting.minutes * 60)}"]
        if sitting.waited >= 1:
            parts.append(f"{minutes_text(sitting.waited)} of waiting for hosts did not count")
        if sitting.paused >= 1:
            parts.append(f"paused for {clock_text(sitting.paused)}")
        return "; ".join(parts) + "\n"

    def left(self, seconds: float) -> str:
        """For prompts."""
        return clock_text(seconds)

    def waiting(self, host: str, doing: str, seconds: float) -> str:
        """That a host is waited for."""
        said = f": {clean.line(doing)}" if doing else ""
        return f"{host} is not ready yet{said[:40]} · {int(seconds)} s, which do not count"

    def alert(self, minutes: int, paper: Paper) -> str:
        """That so many minutes are left."""
        text = f" {minutes} minutes left "
        return f"\a\n{_painted(text, '1;7')}\n"

    def ended(self, sitting: Sitting, paper: Paper) -> str:
        """Why the terminal closes."""
        if sitting.state == "paused":
            return "\nThe exam is paused; `ckslab exam resume` lets it go on.\n"
        if sitting.state == "abandoned":
            return "\nThe exam was given up.\n"
        why = "Time is up" if sitting.by_time or sitting.state == "running" else "The exam was submitted"
        return f"\a\n{_painted(f' {why}. ', '1;7')} What is on the hosts now is graded.\n"


def print_exams(out: Console, sittings: Sequence[tuple[Sitting, ExamResult | None]]) -> None:
    """All exams."""
    rows = []
    for sitting, result in sittings:
        score = f"{points(result.score)} %" if result else ""
        values = (sitting.id, sitting.state, len(sitting.tasks), sitting.minutes, sitting.seed, score)
        rows.append([*map(cell, values), cell(verdict(result) if result else "")])
    show(out, table(out, ("EXAM", "STATE", "TASKS", "MIN", "SEED", "SCORE", ""), rows))


def print_drawn(out: Console, sitting: Sitting) -> None:
    """What was drawn, and what could not be."""
    about = f"exam {sitting.id} · seed {sitting.seed} · {sitting.minutes} minutes"
    about += " · practice" if sitting.practice else ""
    show(out, hanging(out, Text(), cell(about, "bold"), 0))
    rows = [
        [
            cell(one.number),
            cell(one.host),
            cell(one.weight),
            cell(one.minutes),
            cell(one.difficulty),
            cell(one.title),
        ]
        for one in sitting.tasks
    ]
    show(out, table(out, ("TASK", "HOST", "%", "MIN", "LEVEL", "TITLE"), rows))
    for name, reason in (sitting.left_out or {}).items():
        show(out, hanging(out, Text("  left out:"), cell(f"{name}: {reason}", "yellow"), 12))
    labs = f"{sitting.labs} hosts run" if sitting.labs > 1 else "one host runs"
    show(out, [cell(f"{labs} at once on this machine; the others sleep until they are opened", "dim")])


def print_result(out: Console, result: ExamResult) -> None:
    """The result in short."""
    show(out, hanging(out, Text(), cell(f"exam {result.id} · {_score(result)}", "bold"), 0))
    rows = [_result_row(task) for task in result.tasks]
    show(out, table(out, ("TASK", "POINTS", "OF", "MIN", "SPENT", "FLAG", "TITLE"), rows))
    for task in result.tasks:
        if task.reason:
            show(out, hanging(out, Text(f"  task {task.number}:"), cell(task.reason, "yellow"), 11))
    for note in _notes(result):
        show(out, hanging(out, Text(), cell(note, "yellow"), 0))


def verdict(result: ExamResult) -> str:
    """Passed, failed, or that nobody knows yet."""
    return {True: "passed", False: "not passed", None: "undecided"}[result.passed]


def _score(result: ExamResult) -> str:
    possible = f" (up to {points(result.score + result.open)} %)" if result.open else ""
    return f"{points(result.score)} %{possible} of 100, {result.pass_mark} % pass: {verdict(result)}"


def _notes(result: ExamResult) -> list[str]:
    notes = []
    if result.by_time:
        notes.append("Time was up.")
    if result.late_seconds:
        late = clock_text(result.late_seconds)
        notes.append(f"Nothing of ckslab ran when time was up: what was graded is from {late} later.")
    if result.practice:
        notes.append(f"This was practice; it was paused for {clock_text(result.paused_seconds)}.")
    if any(task.undecided for task in result.tasks):
        notes.append(f"What is undecided can be graded again: ckslab exam regrade {result.id}")
    return notes


def _result_row(task: ExamTaskResult) -> list[Text]:
    earned = "?" if task.report is None else points(task.earned)
    late = task.seconds > task.minutes * 60
    style = "yellow" if task.undecided else "green" if task.report and task.report.passed else "red"
    values = [cell(task.number), cell(earned + ("?" if task.undecided and task.report else ""), style)]
    spent = cell(minutes_text(task.seconds), "yellow" if late else "")
    flag = cell("*" if task.flagged else "")
    return [*values, cell(task.weight), cell(task.minutes), spent, flag, cell(f"{task.title} ({task.scenario})")]


def _task_row(row: TaskRow) -> list[Text]:
    task = row.task
    style = "red" if row.host == "trouble" else "dim"
    spent = minutes_text(row.seconds) if row.seconds >= 1 else ""
    values = (task.number, task.host, task.weight, task.minutes, spent)
    return [
        *map(cell, values),
        cell("*" if task.flagged else "", "yellow"),
        cell(_HOST[row.host], style),
        cell(task.title),
    ]


def _painted(text: str, codes: str) -> str:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return f"***{text}***"
    return f"\x1b[{codes}m{text}\x1b[0m"


def _printed(paper: Paper, draw: Callable[[Console], None]) -> str:
    """What `draw` prints on a console for this paper."""
    plain = not paper.terminal or bool(os.environ.get("NO_COLOR"))
    file = io.StringIO()
    out = Console(
        file=file,
        width=max(20, min(paper.columns, 120)),
        color_system=None if plain else "standard",
        force_terminal=not plain,
        no_color=plain,
        markup=False,
        emoji=False,
        highlight=False,
    )
    draw(out)
    return file.getvalue()
