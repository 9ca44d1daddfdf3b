"""A step: an action with its name and the line where the author wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ckslab.errors import ScenarioError

if TYPE_CHECKING:
    from ckslab.scenario.actions.action import Action


@dataclass(frozen=True, slots=True)
class Step:
    """One step. name: its own in the answers, or `FAULT steps`/`FAULT repair` with a number from 1."""

    name: str
    action: Action
    file: str
    line: int

    def error(self, message: str, *, advice: str = "", details: str = "") -> ScenarioError:
        """The error of this step, with the author's file and line."""
        return ScenarioError(
            f"{self.file}:{self.line}: step {self.name!r}: {message}", advice=advice, details=details
        )
