"""The report: what every renderer shows and `grade --output json` prints, format 1."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ckslab import __version__
from ckslab.evidence import Outcome
from ckslab.grading.graded import Graded, Judged
from ckslab.grading.remarks import api_server_down, remarks
from ckslab.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: a file on a node and, where known, a line (from 1)."""

    node: str
    path: str
    line: int | None
    field: str = field(default="", metadata={"json": False})


@dataclass(frozen=True, slots=True)
class CheckReport:
    """One check as graded. `after`: the root causes that it waits for (or that made it unknown)."""

    id: str
    title: str
    outcome: Outcome
    points: int
    earned: int
    expected: str
    observed: str
    where: Place | None
    message: str
    after: tuple[str, ...]
    log: str = field(default="", metadata={"json": False})


@dataclass(frozen=True, slots=True)
class Aside:
    """What only the screen shows: the time the scenario is meant to take, and remarks on the cluster."""

    minutes: int = 0
    remarks: tuple[str, ...] = ()
    api_server_down: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """One grading. Times are RFC 3339 in UTC; what is marked `json: False` stays out of the JSON form.

    From files alone there is no lab: `lab` and `started_at` are empty, `cluster` is "files".
    """

    scenario: str
    lab: str
    title: str
    cluster: str
    seed: int
    started_at: str
    graded_at: str
    hints_used: int
    solution_shown: bool
    score: int
    max: int
    undecided: int
    passed: bool
    duration_ms: int
    not_graded: tuple[str, ...]
    checks: tuple[CheckReport, ...]
    format: Literal[1] = 1
    ckslab_version: str = __version__
    aside: Aside = field(default=Aside(), metadata={"json": False})


def report(
    graded: Graded,
    scenario: Scenario,
    *,
    graded_at: str,
    duration_ms: int,
    lab: str = "",
    cluster: str = "files",
    seed: int = 0,
    started_at: str = "",
    hints_used: int = 0,
    solution_shown: bool = False,
    node: str = "control-plane",
) -> Report:
    """The report on `graded`; `node` is the name of the machine that findings' paths are on."""
    return Report(
        scenario=scenario.id,
        lab=lab,
        title=scenario.title,
        cluster=cluster,
        seed=seed,
        started_at=started_at,
        graded_at=graded_at,
        hints_used=hints_used,
        solution_shown=solution_shown,
        score=graded.score,
        max=graded.max,
        undecided=graded.undecided,
        passed=graded.passed,
        duration_ms=duration_ms,
        not_graded=graded.not_graded,
        checks=tuple(_check(item, node) for item in graded.judged),
        aside=Aside(scenario.minutes, remarks(graded.evidence), api_server_down(graded.evidence)),
    )


def exit_code(report: Report) -> Literal[0, 1, 3]:
    """0: full marks. 3: something could not be found out, which outranks 1: points are missing."""
    if any(check.outcome == "unknown" for check in report.checks):
        return 3
    return 0 if report.passed else 1


def _check(item: Judged, node: str) -> CheckReport:
    found = item.finding
    where = Place(node, found.where.path, found.where.line, found.where.field) if found.where else None
    return CheckReport(
        id=item.check.id,
        title=item.check.title,
        outcome=item.outcome,
        points=item.check.points,
        earned=item.earned,
        expected=found.expected,
        observed=found.observed,
        where=where,
        message=found.message,
        after=item.roots,
        log=found.log,
    )
