"""Points, times and states as a review is told in them, on the page and on the terminal."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from ckslab.curriculum import bullet
from ckslab.grading.report import CheckReport
from ckslab.review.model import Review, ReviewTask
from ckslab.store.review import Excerpt

VERDICTS = {"passed": "Passed", "failed": "Not passed", "undecided": "Undecided"}


def points(value: float) -> str:
    """With one decimal where it has any, rounded down: 66.97 is not 67."""
    return f"{math.floor(value * 10 + 1e-6) / 10:.1f}".removesuffix(".0")


def percent(part: float, whole: float) -> str:
    """Of the whole, rounded down: 66.9 % is not 67 %."""
    return f"{int(part * 100 / whole + 1e-6) if whole else 0} %"


def used(seconds: int | None, minutes: int) -> str:
    """How long was worked, of the minutes that were given."""
    if seconds is None:
        return f"not measured, of {minutes} min"
    return f"{seconds} s of {minutes} min" if seconds < 60 else f"{seconds // 60} of {minutes} min"


def moment(instant: str) -> str:
    """An RFC 3339 instant in UTC, to the minute; what is none as it is."""
    try:
        return datetime.fromisoformat(instant).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError):
        return instant


def state(check: CheckReport) -> str:
    """In one word, also for whoever sees no colours."""
    return "waits" if check.after else {"pass": "pass", "fail": "fail", "unknown": "open"}[check.outcome]


def task_state(task: ReviewTask) -> str:
    """pass: full marks. part: some. fail: none. open: something is undecided."""
    if task.report is None or task.undecided:
        return "open"
    if task.report.passed:
        return "pass"
    return "part" if task.earned else "fail"


def first_of_its_place(one: Excerpt, task: ReviewTask) -> bool:
    """Whether no other check of the task before it has shown these lines."""
    return next(other for other in task.excerpts if (other.path, other.line) == (one.path, one.line)) == one


TASK_STATES = {"pass": "full marks", "part": "in part", "fail": "no points", "open": "undecided"}


def headline(review: Review) -> str:
    """The page's title."""
    return review.title if review.kind == "lab" else f"Exam {review.name}"


def bullet_text(id_: str) -> str:
    """A bullet in the curriculum's words; one that this version does not know by its id."""
    found = bullet(id_)
    return found.text if found else id_
