"""Which scenario to practise next, and why: a pure function of the scenarios, their tallies and the moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from ckslab.curriculum import BULLETS, bullet
from ckslab.errors import few
from ckslab.lab.catalogue import ORDER, CatalogueEntry
from ckslab.store.history.tally import Tally

Kind = Literal["new", "failed", "due", "passed-once", "mastered"]

DUE = timedelta(days=7)
"""What was passed is forgotten by then."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One scenario. kind: why, for programs; reason: the same in words."""

    scenario: str
    title: str
    bullet: str
    difficulty: str
    minutes: int
    kind: Kind
    reason: str


def advise(entries: Sequence[CatalogueEntry], now: datetime) -> Advice | None:
    """What to do next; None where there is no scenario.

    First what was not tried in the weakest bullet; then what failed the last time, the longest ago first; what was
    passed a week ago; what was not tried elsewhere, the weakest bullet first; what was passed and is not mastered;
    and where all is mastered what was passed the longest ago.
    """
    return next(_in_order(entries, now), None)


def _in_order(entries: Sequence[CatalogueEntry], now: datetime) -> Iterator[Advice]:
    weakest = _weakest_first(entries)
    for name in weakest[:1]:
        yield from _untried(entries, name)
    tried = sorted(
        ((one, one.tally) for one in entries if one.tally), key=lambda pair: (pair[1].last_at, pair[0].id)
    )
    for one, tally in tried:
        if not tally.last_passed:
            yield _advice(one, "failed", _failed(tally))
    for one, tally in tried:
        age = _age(tally.passed_at, now)
        if age is not None and age >= DUE:
            yield _advice(one, "due", f"passed {age.days} days ago: due again")
    for name in weakest[1:]:
        yield from _untried(entries, name)
    for one, tally in tried:
        if not tally.mastered:
            again = "passed once: a second time without a hint masters it"
            helped = "passed with help: without a hint it is mastered"
            yield _advice(one, "passed-once", again if tally.passed < 2 else helped)
    for one, _ in tried:
        yield _advice(one, "mastered", "all is mastered: this one was practised the longest ago")


def _weakest_first(entries: Sequence[CatalogueEntry]) -> list[str]:
    """The bullets that have scenarios, those with the least done first; as much done: in the curriculum's order."""
    places = {one.id: place for place, one in enumerate(BULLETS)}
    names = dict.fromkeys(one.bullet for one in entries)

    def done(name: str) -> float:
        levels = [_level(one.tally) for one in entries if one.bullet == name]
        return sum(levels) / len(levels)

    return sorted(names, key=lambda name: (done(name), places.get(name, len(places))))


def _level(tally: Tally | None) -> float:
    """How much of a scenario is done, 0 to 1: what was tried counts by its best score, at most a half."""
    if tally is None:
        return 0.0
    if tally.mastered:
        return 1.0
    if tally.passed:
        return 0.75
    return 0.5 * tally.best.score / tally.best.max if tally.best else 0.0


def _untried(entries: Sequence[CatalogueEntry], name: str) -> Iterator[Advice]:
    """Of one bullet, the easiest and shortest first."""
    mine = [one for one in entries if one.bullet == name]
    passed = sum(bool(one.tally and one.tally.passed) for one in mine)
    known = bullet(name)
    for one in sorted(mine, key=lambda one: (ORDER.get(one.difficulty, 9), one.minutes, one.id)):
        if one.tally is None:
            where = f'of "{known.text}"' if known else "of this bullet"
            yield _advice(one, "new", f"not tried yet; {where} you passed {passed} of {len(mine)}")


def _failed(tally: Tally) -> str:
    if not tally.last_failed:
        return "the last time something stayed undecided"
    one = len(tally.last_failed) == 1
    return f"failed the last time: check{'' if one else 's'} {few(tally.last_failed)}"


def _age(at: str, now: datetime) -> timedelta | None:
    """None before the first."""
    return now - datetime.fromisoformat(at).astimezone(UTC) if at else None


def _advice(one: CatalogueEntry, kind: Kind, reason: str) -> Advice:
    return Advice(one.id, one.title, one.bullet, one.difficulty, one.minutes, kind, reason)
