"""attempt.json: what a learner did in a lab: its start, each grade, hints taken, the solution shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from ckslab.errors import LabError
from ckslab.store.disk import read_json, write_json

FILE = "attempt.json"

Outcome = Literal["pass", "fail", "unknown"]


@dataclass(frozen=True, slots=True)
class CheckScore:
    """What one check gave; earned: points. waiting: it failed, or is unknown, only because other checks are so."""

    outcome: Outcome
    earned: int
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Grade:
    """One grading: when (RFC 3339 in UTC), what it gave, and each check's share by id.

    checks are empty in gradings that ckslab 0.1.0 kept.
    """

    at: str
    score: int
    max: int
    undecided: int
    checks: Mapping[str, CheckScore] = field(default_factory=dict)

    @property
    def failed(self) -> tuple[str, ...]:
        """The checks that failed by themselves, not only because they wait for others."""
        return tuple(name for name, one in self.checks.items() if one.outcome == "fail" and not one.waiting)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt. hints: how many were taken, by check. causes: those that rescue told. The methods give a new
    attempt each.
    """

    started_at: str
    grades: tuple[Grade, ...] = ()
    hints: Mapping[str, int] = field(default_factory=dict)
    solution_shown: bool = False
    causes: tuple[str, ...] = ()

    @property
    def hints_used(self) -> int:
        """Hints taken over all checks, and the causes told: why the API server is down is a hint like any other."""
        return sum(self.hints.values()) + len(self.causes)

    @property
    def last(self) -> Grade | None:
        """The latest grading."""
        return self.grades[-1] if self.grades else None

    def graded(self, grade: Grade) -> Attempt:
        """The attempt after one more grading."""
        return replace(self, grades=(*self.grades, grade))

    def hinted(self, check: str) -> Attempt:
        """The attempt after one more hint on `check`."""
        return replace(self, hints={**self.hints, check: self.hints.get(check, 0) + 1})

    def rescued(self, cause: str) -> Attempt:
        """The attempt after a cause was told; the same one told again is no further hint."""
        return self if cause in self.causes else replace(self, causes=(*self.causes, cause))

    def revealed(self) -> Attempt:
        """The attempt after the solution was shown."""
        return replace(self, solution_shown=True)


def write_attempt(lab_folder: Path, attempt: Attempt) -> None:
    """Keep `attempt`. The caller holds the lab's lock; LabError when the disk refuses."""
    write_json(lab_folder / FILE, asdict(attempt))


def read_attempt(lab_folder: Path) -> Attempt | None:
    """The attempt in a lab's folder, None before it has begun. LabError: the file is damaged."""
    path = lab_folder / FILE
    way_out = f"ckslab reset {lab_folder.name} (a new attempt) · or remove that file, which forgets the attempt"
    try:
        content = read_json(path, way_out=way_out)
    except FileNotFoundError:
        return None
    try:
        return _attempt(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LabError(f"{path}: not the record of an attempt ({error})", advice=way_out) from error


def _attempt(content: Mapping[str, Any]) -> Attempt:
    return Attempt(
        started_at=str(content["started_at"]),
        grades=tuple(_grade(one) for one in content["grades"]),
        hints={str(check): int(count) for check, count in content["hints"].items()},
        solution_shown=bool(content["solution_shown"]),
        causes=tuple(str(cause) for cause in content.get("causes", ())),
    )


def _grade(one: Mapping[str, Any]) -> Grade:
    checks = {str(name): _score(score) for name, score in one.get("checks", {}).items()}
    return Grade(str(one["at"]), int(one["score"]), int(one["max"]), int(one["undecided"]), checks)


def _score(one: Mapping[str, Any]) -> CheckScore:
    if one["outcome"] not in get_args(Outcome):
        raise ValueError(f"no outcome: {one['outcome']!r}")
    return CheckScore(one["outcome"], int(one["earned"]), bool(one["waiting"]))
