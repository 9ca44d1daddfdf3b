"""What a terminal of an exam shows in words: texts come from whoever renders, and go to whoever reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from ckslab.exam.sitting import Sitting, SittingTask

Readiness = Literal["ready", "parked", "making", "trouble"]


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task in the list. seconds: worked on it. host: how it is; a parked one is woken when it is opened."""

    task: SittingTask
    host: Readiness
    seconds: float


@dataclass(frozen=True, slots=True)
class Paper:
    """What a text is for. columns: of the terminal. terminal: False where a program reads it: plain text then."""

    columns: int
    terminal: bool


class Screen(Protocol):
    """Makes the texts. All end with a line end, but for `left`, `waiting` and `prompt`."""

    def welcome(self, sitting: Sitting, seconds: float, paper: Paper) -> str:
        """At the opening of a terminal: what there is to type."""

    def task(self, sitting: Sitting, task: SittingTask, text: str, paper: Paper) -> str:
        """A task; `text` is its author's Markdown."""

    def tasks(self, rows: Sequence[TaskRow], seconds: float, paper: Paper) -> str:
        """All tasks, and the time left."""

    def time(self, sitting: Sitting, seconds: float, paper: Paper) -> str:
        """The time left, in a sentence."""

    def left(self, seconds: float) -> str:
        """The time left as prompts show it: "1:43:20"."""

    def waiting(self, host: str, doing: str, seconds: float) -> str:
        """That a host is waited for, in one short line."""

    def alert(self, minutes: int, paper: Paper) -> str:
        """That so many minutes are left."""

    def ended(self, sitting: Sitting, paper: Paper) -> str:
        """Why the terminal closes: time is up, it was submitted, paused or given up."""
