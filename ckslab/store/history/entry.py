"""One line of the history: an attempt as it was graded, and its published schema."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ckslab.store.attempt import Outcome
from ckslab.strict import Identifier

FORMAT: Final = 1

MAX_LINE = 1 << 16
"""Bytes of a line: the hundred checks that a scenario may have take a third of it."""

MAX_CHECKS = 100
_TEN_YEARS = 10 * 366 * 24 * 3600


def _instant(text: str) -> str:
    datetime.fromisoformat(text)  # a day that no month has
    return text


Instant = Annotated[
    str,
    Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", description="RFC 3339 in UTC"),
    AfterValidator(_instant),
]
Count = Annotated[int, Field(strict=True, ge=0, le=1000)]


class _Part(BaseModel):
    # Within a format fields may be added: what a newer ckslab wrote is read, too.
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class CheckEntry(_Part):
    """What one check gave."""

    outcome: Outcome
    """unknown: it could not be found out."""
    earned: Count = 0
    """Points."""
    waiting: bool = False
    """It failed, or is unknown, only because other checks are so."""


class Entry(_Part):
    """One grading of an attempt, by a live cluster."""

    format: Literal[1] = FORMAT
    attempt: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    """The same in all gradings of one attempt, and in no other's: a reset begins another one."""
    at: Instant
    """When it was graded."""
    started_at: Instant | None
    """When the attempt began, null where nobody knows."""
    scenario: Identifier
    digest: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    """Of the scenario's files as it was graded: its version. "" where nobody knows."""
    seed: Annotated[int, Field(strict=True, ge=0)] | None
    """What chance drew in the lab; null where nobody knows."""
    cluster: Annotated[str, Field(max_length=50)]
    """The lab's backend."""
    ckslab_version: Annotated[str, Field(max_length=50)]
    exam: Annotated[str, Field(max_length=50)] | None = None
    """The exam that it was a task of, null in practice."""
    score: Count
    max: Count
    undecided: Count = 0
    """Points of checks whose outcome is unknown."""
    checks: Annotated[dict[Identifier, CheckEntry], Field(max_length=MAX_CHECKS)] = Field(default_factory=dict)
    """By id; empty where only the score was kept."""
    hints: Annotated[dict[Identifier, Count], Field(max_length=MAX_CHECKS)] = Field(default_factory=dict)
    """How many were taken, by check."""
    hints_used: Count | None = 0
    """All of them, and the causes that `ckslab rescue` told; null where nobody knows."""
    causes: Count = 0
    """How many of those there were."""
    solution_shown: bool = False
    seconds: Annotated[int, Field(strict=True, ge=0, le=_TEN_YEARS)] | None = None
    """That were worked in the lab's shells and commands until then, null where nobody counted."""

    @property
    def key(self) -> tuple[str, str]:
        """What no two lines have in common: the second one is the same grading again."""
        return self.attempt, self.at

    @property
    def passed(self) -> bool:
        """Full marks, and nothing is open."""
        return self.max > 0 and self.score == self.max and not self.undecided

    @property
    def unaided(self) -> bool:
        """Without a hint, a cause told, or the solution."""
        return self.hints_used == 0 and not self.solution_shown

    @property
    def failed(self) -> tuple[str, ...]:
        """The checks that failed by themselves, not only because they wait for others."""
        return tuple(name for name, one in self.checks.items() if one.outcome == "fail" and not one.waiting)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.score + self.undecided > self.max:
            raise ValueError(f"{self.score} and {self.undecided} of {self.max} points")
        if self.checks and sum(one.earned for one in self.checks.values()) != self.score:
            raise ValueError("the points of the checks do not add up to the score")
        return self


def line_of(entry: Entry) -> bytes:
    """The line, with its end."""
    return (json.dumps(entry.model_dump(), ensure_ascii=True, separators=(",", ":")) + "\n").encode()


def history_schema() -> dict[str, Any]:
    """The JSON Schema of a line, as it is published in docs/history.schema.json."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return dialect | Entry.model_json_schema(mode="serialization") | {"title": "A line of ckslab's history"}
