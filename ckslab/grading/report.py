"""The report: what every renderer shows, what `grade --output json` prints, and what is read from it again.

Within a format fields may be added, never renamed or removed. docs/report.schema.json is its JSON Schema.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from ckslab import __version__
from ckslab.errors import UsageError
from ckslab.evidence import Outcome
from ckslab.strict import first_problem

if TYPE_CHECKING:  # a report is read without them
    from ckslab.evidence import Evidence
    from ckslab.grading.result import CheckResult, ScenarioResult
    from ckslab.scenario.model import Scenario

FORMAT: Final = 2


def _whole(text: object) -> object:
    """A text of a learner's as one that can be encoded: half of a surrogate pair becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(text, str) else text


Text = Annotated[str, BeforeValidator(_whole)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Place(_Part):
    """Where to look."""

    node: Text
    """The node's name."""
    path: Text
    """A file on it."""
    line: int | None
    """From 1, null where none is known."""
    field: Text = ""
    """Of the file, "" where none is known."""


class CheckReport(_Part):
    """One check as graded."""

    id: Text
    title: Text
    outcome: Outcome
    """unknown: it could not be found out, and the points are neither earned nor lost."""
    points: int
    earned: int
    expected: Text = ""
    observed: Text = ""
    where: Place | None = None
    message: Text = ""
    """Why it matters, or what follows."""
    log: Text = ""
    """The log line that shows it."""
    root: Text = ""
    """What it fails of where other checks fail of the same: "manifest", "restart" or "api-server"."""
    after: tuple[Text, ...] = ()
    """The checks that failed and that this one waits for, or that made it unknown: root causes."""


class ApiServer(_Part):
    """The API server as it was found."""

    state: Literal["ready", "not-ready", "down"]
    restarts: int
    """How often its container was started again with the same manifest."""
    down_since: Text | None
    """RFC 3339."""


class Report(_Part):
    """One grading. Times are RFC 3339 in UTC."""

    format: Literal[2] = FORMAT
    ckslab_version: Text = __version__
    scenario: Text
    lab: Text
    """Its name, "" where files were graded that somebody handed in."""
    submission: Text = ""
    """What was handed in: the name of the folder or archive, "" for a lab."""
    from_lab: Text = ""
    """The lab that an archive by `ckslab hand-in` says it is from, "" where nothing says it."""
    title: Text
    cluster: Text
    """The lab's backend, or "files"."""
    seed: int
    started_at: Text
    """When the attempt began, "" where there is no lab."""
    graded_at: Text
    minutes: int = 0
    """How long the scenario is meant to take."""
    hints_used: int
    solution_shown: bool
    score: int
    max: int
    undecided: int
    """Points of checks whose outcome is unknown."""
    passed: bool
    duration_ms: int
    not_graded: tuple[Text, ...]
    """Checks that this kind of grading cannot decide: they count neither in score nor in max."""
    notes: tuple[Text, ...] = ()
    """Sentences for whoever reads the report."""
    api_server: ApiServer | None = None
    """null where nobody looked."""
    checks: tuple[CheckReport, ...]


def report(
    result: ScenarioResult,
    scenario: Scenario,
    *,
    graded_at: str,
    duration_ms: int,
    lab: str = "",
    submission: str = "",
    from_lab: str = "",
    cluster: str = "files",
    seed: int = 0,
    started_at: str = "",
    hints_used: int = 0,
    solution_shown: bool = False,
    notes: tuple[str, ...] = (),
    node: str = "control-plane",
) -> Report:
    """The report on `result`; `node` is the name of the machine that findings' paths are on."""
    return Report(
        scenario=scenario.id,
        lab=lab,
        submission=submission,
        from_lab=from_lab,
        title=scenario.title,
        cluster=cluster,
        seed=seed,
        started_at=started_at,
        graded_at=graded_at,
        minutes=scenario.minutes,
        hints_used=hints_used,
        solution_shown=solution_shown,
        score=result.score,
        max=result.max,
        undecided=result.undecided,
        passed=result.passed,
        duration_ms=duration_ms,
        not_graded=result.not_graded,
        notes=notes,
        api_server=_api_server(result.evidence),
        checks=tuple(_check(item, node) for item in result.checks),
    )


def read_report(text: str | bytes) -> Report:
    """A report as it was printed, of this format or of format 1, whose messages end with the log line.

    UsageError where it is none, or of a newer ckslab.
    """
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict) or not isinstance(content.get("format"), int):
        raise UsageError("this is no report of ckslab", advice="ckslab grade --output json prints one")
    if content["format"] not in (1, FORMAT):
        raise UsageError(f"the report has format {content['format']}: a newer ckslab reads it")
    try:
        return Report.model_validate({**content, "format": FORMAT})
    except ValidationError as error:
        raise UsageError("the report is damaged", details=first_problem(error)) from error


def report_schema() -> dict[str, Any]:
    """The JSON Schema of the format, as it is published in docs/report.schema.json."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return dialect | Report.model_json_schema(mode="serialization")


def exit_code(report: Report) -> Literal[0, 1, 3]:
    """0: full marks. 3: something could not be found out, which outranks 1: points are missing."""
    if any(check.outcome == "unknown" for check in report.checks):
        return 3
    return 0 if report.passed else 1


def _check(item: CheckResult, node: str) -> CheckReport:
    found = item.finding
    place = found.where and Place(node=node, path=found.where.path, line=found.where.line, field=found.where.field)
    return CheckReport(
        id=item.check.id,
        title=item.check.title,
        outcome=item.outcome,
        points=item.check.points,
        earned=item.earned,
        expected=found.expected,
        observed=found.observed,
        where=place,
        message=found.message,
        log=found.log,
        root=found.root,
        after=item.roots,
    )


def _api_server(evidence: Evidence) -> ApiServer | None:
    from ckslab.needs.api_server import ApiServerFact, ApiServerNeed

    fact = evidence.facts.get(ApiServerNeed())
    if not isinstance(fact, ApiServerFact):
        return None
    return ApiServer(state=fact.state, restarts=fact.restarts, down_since=fact.down_since)
