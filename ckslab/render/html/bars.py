"""Bars as rectangles in a box of 1000 units: the page stretches the box, and writes the figures beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ckslab.review.model import ReviewTask

WIDTH = 1000


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; kind is its class in the style sheet."""

    x: float
    width: float
    kind: str


def share(earned: float, undecided: float, most: float) -> list[Box]:
    """What is earned, then what is undecided, of what could be."""
    return _row([(earned, "good"), (undecided, "open")], most)


def times(task: ReviewTask, longest: float) -> list[Box]:
    """The minutes that were given as the ground, those that were used on it, and what is over them."""
    given, used = task.minutes * 60, task.seconds or 0
    ground = _row([(given, "given")], longest)
    return ground + _row([(min(used, given), "used"), (max(0, used - given), "over")], longest)


def longest(tasks: Iterable[ReviewTask]) -> float:
    """The seconds that the longest bar of `times` stands for."""
    return max((max(task.minutes * 60, task.seconds or 0) for task in tasks), default=0)


def strip(tasks: Sequence[ReviewTask], states: Sequence[str], given: float) -> list[Box]:
    """The tasks one after another, each as long as was worked on it, on the time that was given."""
    used = [(task.seconds or 0, state) for task, state in zip(tasks, states, strict=True)]
    whole = max(given, sum(seconds for seconds, _ in used))
    return _row([(given, "given")], whole) + [
        Box(box.x + 1, max(1.0, box.width - 2), box.kind) for box in _row(used, whole)
    ]


def _row(parts: Iterable[tuple[float, str]], whole: float) -> list[Box]:
    boxes, x = list[Box](), 0.0
    for size, kind in parts:
        width = round(WIDTH * min(1.0, size / whole), 2) if whole > 0 else 0.0
        if width > 0:
            boxes.append(Box(round(x, 2), width, kind))
            x += width
    return boxes
