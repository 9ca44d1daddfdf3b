"""What is wrong with a scenario: file, line, message; many of them make one error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ckslab.errors import ScenarioError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to repair. `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def problems_error(problems: Iterable[Problem]) -> ScenarioError:
    """One error that names all problems, one a line, in the order of the files' lines."""
    ordered = sorted(set(problems))
    many = "this line" if len(ordered) == 1 else f"these {len(ordered)} lines"
    return ScenarioError(
        "\n".join(map(str, ordered)),
        advice=f"Correct {many}; `ckslab author schema` lets an editor complete and check them.",
    )
