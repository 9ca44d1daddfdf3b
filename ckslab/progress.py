"""How long work tells what it is doing: a protocol that a terminal, a log or nobody implements."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told of each step of long work, from one thread or several."""

    def step(self, text: str) -> None:
        """A new step begins; `text` is a short phrase in the present ("starting containerd")."""

    def advance(self, done: int, total: int | None, unit: str = "") -> None:
        """The current step is at `done` of `total` (None: unknown); unit is "bytes" or a plain noun."""


class Silent:
    """Progress that nobody watches."""

    def step(self, text: str) -> None:
        """Ignore the step."""

    def advance(self, done: int, total: int | None, unit: str = "") -> None:
        """Ignore the advance."""
