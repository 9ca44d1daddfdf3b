"""What the page has to know of an exam, and what it can do with one; whoever has an exam can be shown on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

State = Literal["preparing", "running", "paused", "over", "graded", "abandoned"]
"""As `ckslab.exam.sitting` has them. Terminals are for an exam whose clock runs."""

OPEN: tuple[State, ...] = ("preparing", "running", "paused")


@dataclass(frozen=True, slots=True)
class TaskText:
    """A task as it is set: what does not change during an exam. minutes: that it should take. text: Markdown."""

    number: int
    title: str
    host: str
    weight: int
    minutes: int
    text: str


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task as it is now. ready: its host was made. trouble: why it could not be, "" where it could."""

    number: int
    flagged: bool
    ready: bool = True
    trouble: str = ""
    graded: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What the exam gave, in per cent. passed: None where it hangs on what is undecided."""

    score: float
    undecided: float
    pass_mark: int
    passed: bool | None


@dataclass(frozen=True, slots=True)
class View:
    """An exam at one moment. remaining: seconds, by the exam's clock. by_time: it ended because time was up.

    ungraded: work has ended, and whoever graded it was killed.
    """

    state: State
    remaining: float
    tasks: tuple[TaskState, ...]
    by_time: bool = False
    ungraded: bool = False
    result: Result | None = None


class Exam(Protocol):
    """An exam that is being sat. All of these may take a moment, `end` as long as grading; none is called twice at
    once for the same purpose. CkslabError from any of them is told to the learner.
    """

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def practice(self) -> bool:
        """Whether its clock can be paused."""

    @property
    def minutes(self) -> int:
        """That it was given."""

    def texts(self) -> Sequence[TaskText]:
        """Its tasks, in their order."""

    def look(self) -> View:
        """How it is now; called twice a second."""

    def flag(self, number: int, on: bool) -> None:
        """Flag a task, or not any longer."""

    def pause(self, on: bool) -> None:
        """Let the clock of a practice exam stand, or go on."""

    def end(self) -> None:
        """End work, and have all graded; returns when it is. An exam that has ended already is no error."""

    def report(self) -> str:
        """The report as an HTML document. LabError before all is graded."""
