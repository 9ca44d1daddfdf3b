"""What use cases give back: plain data that is shown or printed as JSON by whoever asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ckslab.store.attempt import CheckScore


@dataclass(frozen=True, slots=True)
class LabStatus:
    """A lab; `state` in one word (running, stopped, broken), `reason` and `advice` where it is broken.

    score, max: of the last grading, None before the first. started_at: RFC 3339 in UTC.
    """

    name: str
    scenario: str
    cluster: str
    state: str
    started_at: str = ""
    score: int | None = None
    max: int | None = None
    hints_used: int = 0
    reason: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class LintProblem:
    """What lint found in a scenario; `line` is 0 where the whole file is meant."""

    file: Path
    line: int
    severity: Literal["error", "warning"]
    message: str


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """One answer as played by verify.

    answer: "untouched", "solution", or the answer's name. cluster: the backend. outcome: fail is a scenario
    that does not hold what it says, unknown a lab that failed. detail: what was expected and what came
    instead. grades: by check; none where the lab failed.
    """

    scenario: str
    answer: str
    cluster: str
    outcome: Literal["pass", "fail", "unknown"]
    detail: str
    seconds: float
    grades: dict[str, CheckScore] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hint:
    """The hint `number` (from 1) of `total` on a check, as Markdown."""

    check: str
    number: int
    total: int
    text: str


@dataclass(frozen=True, slots=True)
class Rescue:
    """Why the API server is down. log_line "": no log tells. file "": none is behind it; line 0: unknown.

    excerpt: the file's lines around the place, as they should be printed. advice: what to do.
    """

    log_line: str
    log_path: str
    file: str
    line: int
    excerpt: str
    advice: str
