"""What the gradings of one scenario come to: tries, passes, the best and the last, where points were lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from statistics import median_low
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # slow to import, and not needed where the index tells
    from ckslab.store.history.entry import Entry


@dataclass(frozen=True, slots=True)
class BestScore:
    """The best grading of a scenario. at: RFC 3339 in UTC."""

    score: int
    max: int
    at: str
    hints_used: int = 0
    solution_shown: bool = False

    def beats(self, other: BestScore) -> bool:
        """More of the points; or as many without the solution, or with fewer hints."""
        return self._rank() > other._rank()

    def _rank(self) -> tuple[float, bool, int]:
        return (self.score / self.max if self.max else 0.0, not self.solution_shown, -self.hints_used)


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one scenario. Times are RFC 3339 in UTC, "" where there is none.

    best: of what had nothing undecided, None where nothing had. tried: attempts that were graded; passed: those
    with full marks. last_at: the latest grading. last_passed: whether the latest attempt has full marks, and
    last_failed the checks that failed in its last grading by themselves. passed_at: the latest pass, and unaided:
    it was without hint and solution. seconds: worked until full marks, the median of the attempts in which that was
    counted, None where in none. failed: in how many attempts each check failed by itself at least once.
    """

    best: BestScore | None
    tried: int
    passed: int
    last_at: str
    last_passed: bool
    last_failed: tuple[str, ...] = ()
    passed_at: str = ""
    unaided: bool = False
    seconds: int | None = None
    failed: Mapping[str, int] = field(default_factory=dict)

    @property
    def mastered(self) -> bool:
        """Passed twice, the last time without hint or solution."""
        return self.passed >= 2 and self.unaided


def tallies(entries: Iterable[Entry]) -> dict[str, Tally]:
    """By scenario, from gradings in any order; the same grading twice counts once."""
    each = {(one.scenario, *one.key): one for one in entries}
    ordered = sorted(each.values(), key=lambda one: (one.scenario, one.at))
    return {name: _tally(list(some)) for name, some in groupby(ordered, key=lambda one: one.scenario)}


def _tally(gradings: list[Entry]) -> Tally:
    """gradings: of one scenario, by time."""
    attempts: dict[str, list[Entry]] = {}
    for one in gradings:
        attempts.setdefault(one.attempt, []).append(one)
    # The first full marks of an attempt are what it took to pass; what comes after is play.
    passes = [won for some in attempts.values() if (won := next((one for one in some if one.passed), None))]
    latest_pass = max(passes, key=lambda one: one.at, default=None)
    last = gradings[-1]
    worked = [one.seconds for one in passes if one.seconds]
    failed = Counter(check for some in attempts.values() for check in {name for one in some for name in one.failed})
    return Tally(
        best=_best(gradings),
        tried=len(attempts),
        passed=len(passes),
        last_at=last.at,
        last_passed=any(one.passed for one in attempts[last.attempt]),
        last_failed=last.failed,
        passed_at=latest_pass.at if latest_pass else "",
        unaided=latest_pass.unaided if latest_pass else False,
        seconds=median_low(worked) if worked else None,
        failed=dict(failed.most_common()),
    )


def _best(gradings: Iterable[Entry]) -> BestScore | None:
    best: BestScore | None = None
    for one in gradings:
        score = BestScore(one.score, one.max, one.at, one.hints_used or 0, one.solution_shown)
        if not one.undecided and one.max and (best is None or score.beats(best)):
            best = score
    return best
