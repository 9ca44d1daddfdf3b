"""A review on the terminal, shortly: what each task gave, what failed and where, and how to see the rest."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from ckslab.grading.report import CheckReport
from ckslab.render.console import marks
from ckslab.render.rows import cell, hanging, show, table
from ckslab.render.words import bullet_text, percent, points, task_state, used
from ckslab.review.model import Review, ReviewTask

_STYLE = {"pass": "green", "part": "yellow", "fail": "red", "open": "yellow"}
_MARK = {"pass": "pass", "part": "fail", "fail": "fail", "open": "unknown"}
_VERDICT = {
    "passed": ("passed", "bold green"),
    "failed": ("not passed", "bold red"),
    "undecided": ("undecided", "bold yellow"),
}


def print_review(out: Console, review: Review, advice: str = "") -> None:
    """Print it; advice: the command that shows the rest."""
    show(out, _lines(out, review, advice))


def _lines(out: Console, review: Review, advice: str) -> Iterator[Text]:
    yield from _head(out, review)
    yield Text()
    if review.kind == "exam":
        yield from _groups(out, review)
    for task in review.tasks:
        yield from _task(out, review, task)
    for note in review.notes:
        yield from hanging(out, Text(), cell(note, "yellow"), 0)
    if advice:
        yield from hanging(out, Text("next:"), cell(advice, "cyan"), 6)


def _head(out: Console, review: Review) -> Iterator[Text]:
    word, style = _VERDICT[review.verdict]
    title = f"{review.title}" if review.kind == "exam" else f"{review.tasks[0].scenario} · {review.title}"
    yield from hanging(out, Text(), cell(title, "bold"), 0)
    score = f"{points(review.score)} of {points(review.max)} points ({percent(review.score, review.max)}),"
    line = cell(score).append(" ").append(word, style=style)
    line.append(f": the pass mark is {review.pass_mark} %")
    if review.undecided:
        line.append(f" · {points(review.undecided)} undecided", style="yellow")
    line.append(f" · {used(review.seconds, review.minutes)}")
    yield from hanging(out, Text(), line, 0)


def _groups(out: Console, review: Review) -> Iterator[Text]:
    rows = [
        [
            cell(f"{points(group.earned)}/{points(group.weight)}"),
            cell(bullet_text(group.name) if group.by == "bullet" else group.name),
        ]
        for group in review.groups
    ]
    yield from table(out, ("POINTS", "BULLET, TOPIC"), rows)
    yield Text()


def _task(out: Console, review: Review, task: ReviewTask) -> Iterator[Text]:
    state = task_state(task)
    if review.kind == "exam":
        label = Text("  ").append(marks(out)[_MARK[state]], style=_STYLE[state])
        facts = f"{points(task.earned)}/{points(task.weight)} points · {used(task.seconds, task.minutes)}"
        flag = " · flagged" if task.flagged else ""
        yield from hanging(out, label, cell(f"{task.number}. {task.title} · {facts}{flag}"), 4)
    if task.reason:
        yield from hanging(out, Text(), cell(task.reason, "yellow"), 6)
    for check in task.report.checks if task.report else ():
        if check.outcome != "pass" and not check.after:
            yield from _check(out, check)
    if review.kind == "lab":
        yield from _help(out, task)


def _check(out: Console, check: CheckReport) -> Iterator[Text]:
    style = "red" if check.outcome == "fail" else "yellow"
    label = Text("    ").append(marks(out)[check.outcome], style=style)
    earned = "?" if check.outcome == "unknown" else str(check.earned)
    yield from hanging(out, label, cell(f"{earned}/{check.points} {check.id}: {check.title}"), 6)
    if check.observed:
        yield from hanging(out, Text(), cell(check.observed, "dim"), 8)
    if check.where:
        place = check.where.path + (f":{check.where.line}" if check.where.line else "")
        yield from hanging(out, Text(), cell(place, "cyan"), 8)


def _help(out: Console, task: ReviewTask) -> Iterator[Text]:
    taken = len(task.hints) + len(task.causes)
    facts = [f"{taken or 'no'} hint{'' if taken == 1 else 's'} taken"]
    facts += ["solution shown"] if task.solution_shown else []
    yield from hanging(out, Text(), cell(" · ".join(facts), "dim"), 0)
