"""What waits for what: `after` and `guard` turn findings into outcomes, each with its root causes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ckslab.evidence import Finding, Outcome, undecided
from ckslab.grading.graded import Judged
from ckslab.scenario.model import Check


def settle(checks: Sequence[Check], findings: Mapping[str, Finding]) -> tuple[Judged, ...]:
    """The outcome of each check, in order. Predecessors that are not among `checks` do not count."""
    return _Settling(checks, findings).all()


class _Settling:
    def __init__(self, checks: Sequence[Check], findings: Mapping[str, Finding]) -> None:
        self._checks = {check.id: check for check in checks}
        self._findings = findings
        self._done: dict[str, Judged] = {}
        self._open: set[str] = set()

    def all(self) -> tuple[Judged, ...]:
        return tuple(self._settled(check) for check in self._checks.values())

    def _settled(self, check: Check) -> Judged:
        if check.id not in self._done:
            self._open.add(check.id)
            self._done[check.id] = self._settle(check)
            self._open.discard(check.id)
        return self._done[check.id]

    def _settle(self, check: Check) -> Judged:
        own = self._findings[check.id]
        before = self._named(check.after)
        if stopped := _stopped(check, before):
            return stopped
        if check.guard and own.outcome == "pass" and (stopped := _stopped(check, self._named(check.with_))):
            return stopped
        return Judged(check, own.outcome, _earned(check.points, own), own)

    def _named(self, names: Sequence[str]) -> list[Judged]:
        """Those of `names` that are graded. A circle (two guards with each other) is cut where it closes."""
        return [self._settled(self._checks[n]) for n in names if n in self._checks and n not in self._open]


def _stopped(check: Check, others: Sequence[Judged]) -> Judged | None:
    """The outcome that failed or unknown `others` force on the check, or None. A failure is certain, so
    it outranks an unknown.
    """
    if roots := _roots(others, "fail"):
        return Judged(check, "fail", 0, Finding("fail", observed=f"waits for: {', '.join(roots)}"), roots)
    if roots := _roots(others, "unknown"):
        why = f"not judged, because this could not be found out: {', '.join(roots)}"
        return Judged(check, "unknown", 0, undecided(why), roots)
    return None


def _roots(others: Sequence[Judged], outcome: Outcome) -> tuple[str, ...]:
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
