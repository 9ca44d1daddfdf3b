"""What grading found: each check's outcome and points, after what waits for what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ckslab.evidence import Evidence, Finding, Outcome, undecided
from ckslab.scenario.model import Check


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check with its outcome.

    roots: the checks that this one waits for because they failed, or that made it unknown: causes, never
    checks that wait themselves. Empty when the finding is the check's own.
    """

    check: Check
    outcome: Outcome
    earned: int
    finding: Finding
    roots: tuple[str, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether it earns nothing only because other checks failed."""
        return self.outcome == "fail" and bool(self.roots)


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """All checks of a scenario, in its order. not_graded: ids left out because they need a cluster."""

    checks: tuple[CheckResult, ...]
    not_graded: tuple[str, ...]
    evidence: Evidence

    @property
    def score(self) -> int:
        """Points earned."""
        return sum(item.earned for item in self.checks)

    @property
    def max(self) -> int:
        """Points that could be earned: those of all graded checks."""
        return sum(item.check.points for item in self.checks)

    @property
    def undecided(self) -> int:
        """Points of checks that could not be judged."""
        return sum(item.check.points for item in self.checks if item.outcome == "unknown")

    @property
    def passed(self) -> bool:
        """Full marks: something was graded, and all of it passed."""
        return bool(self.checks) and all(item.outcome == "pass" for item in self.checks)


def resolve_prerequisites(checks: Sequence[Check], findings: Mapping[str, Finding]) -> tuple[CheckResult, ...]:
    """The outcome of each check, in order: `after` and `guard` turn findings into outcomes.

    Predecessors that are not among `checks` do not count.
    """
    return _Prerequisites(checks, findings).all()


class _Prerequisites:
    def __init__(self, checks: Sequence[Check], findings: Mapping[str, Finding]) -> None:
        self._checks = {check.id: check for check in checks}
        self._findings = findings
        self._done: dict[str, CheckResult] = {}
        self._open: set[str] = set()

    def all(self) -> tuple[CheckResult, ...]:
        return tuple(self._resolved(check) for check in self._checks.values())

    def _resolved(self, check: Check) -> CheckResult:
        if check.id not in self._done:
            self._open.add(check.id)
            self._done[check.id] = self._resolve(check)
            self._open.discard(check.id)
        return self._done[check.id]

    def _resolve(self, check: Check) -> CheckResult:
        own = self._with_log(self._findings[check.id])
        before = self._named(check.after)
        if stopped := _stopped(check, before):
            return stopped
        if check.guard and own.outcome == "pass" and (stopped := _stopped(check, self._named(check.with_))):
            return stopped
        if own.root and (stopped := _stopped(check, self._telling(check, own))):
            return stopped
        return CheckResult(check, own.outcome, _earned(check.points, own), own)

    def _with_log(self, own: Finding) -> Finding:
        """A finding; a failure by itself at the place of a cause has the log line of those that fail of that."""
        logs = (one.log for one in self._findings.values() if one.root and one.log and _at_place(own, one))
        log = own.log or next(logs, "")
        return replace(own, log=log) if log != own.log else own

    def _telling(self, check: Check, own: Finding) -> list[CheckResult]:
        """Another check that tells what this one fails of, if one does and waits for nothing: one that failed by
        itself at the very place of the cause, or the first before this one of the same root.

        Of the first only such as wait for nobody: one that waits for this check would be judged without it.
        """
        at_place = [
            self._resolved(other)
            for name, other in self._checks.items()
            if _at_place(self._findings[name], own) and not other.after and not other.guard
        ]
        before = list(self._checks)[: list(self._checks).index(check.id)]
        same = [self._done[name] for name in before if name in self._done and self._findings[name].root == own.root]
        return [other for other in [*at_place, *same] if other.outcome == "fail" and not other.roots][:1]

    def _named(self, names: Sequence[str]) -> list[CheckResult]:
        """Those of `names` that are graded. A circle (two guards with each other) is cut where it closes."""
        return [self._resolved(self._checks[n]) for n in names if n in self._checks and n not in self._open]


def _at_place(finding: Finding, rooted: Finding) -> bool:
    """Whether a failure of its own is at the place of a cause that others fail of."""
    if finding.outcome != "fail" or finding.root or not finding.where or not rooted.where:
        return False
    places = [(one.path, one.line) for one in (finding.where, rooted.where)]
    return places[0] == places[1] and rooted.where.line is not None


def _stopped(check: Check, others: Sequence[CheckResult]) -> CheckResult | None:
    """The outcome that failed or unknown `others` force on the check, or None. A failure is certain, so
    it outranks an unknown.
    """
    if roots := _roots(others, "fail"):
        return CheckResult(check, "fail", 0, Finding("fail", observed=f"waits for: {', '.join(roots)}"), roots)
    if roots := _roots(others, "unknown"):
        why = f"not judged, because this could not be found out: {', '.join(roots)}"
        return CheckResult(check, "unknown", 0, undecided(why), roots)
    return None


def _roots(others: Sequence[CheckResult], outcome: Outcome) -> tuple[str, ...]:
    """The causes among `others` with this outcome, each once, in order."""
    causes = (other.roots or (other.check.id,) for other in others if other.outcome == outcome)
    return tuple(dict.fromkeys(root for roots in causes for root in roots))


def _earned(points: int, finding: Finding) -> int:
    """A fail may earn a share, rounded down, and never all of it."""
    if finding.outcome == "pass":
        return points
    if finding.outcome == "unknown":
        return 0
    share = min(max(finding.share, 0.0), 1.0)
    # 100 * 0.29 is 28.999999999999996: a share meant as 29 points must give them.
    return max(0, min(math.floor(points * share + 1e-9), points - 1))
