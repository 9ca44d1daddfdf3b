"""What grading found: each check's outcome and points, and the evidence they rest on."""

from __future__ import annotations

from dataclasses import dataclass

from ckslab.evidence import Evidence, Finding, Outcome
from ckslab.scenario.model import Check


@dataclass(frozen=True, slots=True)
class Judged:
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
class Graded:
    """All checks of a scenario, in its order. not_graded: ids left out because they need a cluster."""

    judged: tuple[Judged, ...]
    not_graded: tuple[str, ...]
    evidence: Evidence

    @property
    def score(self) -> int:
        """Points earned."""
        return sum(item.earned for item in self.judged)

    @property
    def max(self) -> int:
        """Points that could be earned: those of all graded checks."""
        return sum(item.check.points for item in self.judged)

    @property
    def undecided(self) -> int:
        """Points of checks that could not be judged."""
        return sum(item.check.points for item in self.judged if item.outcome == "unknown")

    @property
    def passed(self) -> bool:
        """Full marks: something was graded, and all of it passed."""
        return bool(self.judged) and all(item.outcome == "pass" for item in self.judged)
