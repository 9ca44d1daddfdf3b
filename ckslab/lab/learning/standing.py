"""How far a learner is: by bullet of the curriculum and by topic, from the scenarios and their tallies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ckslab.curriculum import BULLETS
from ckslab.lab.catalogue import CatalogueEntry

MOST_FAILED = 5


@dataclass(frozen=True, slots=True)
class Group:
    """A bullet or topic: how many scenarios it has, and how many of them were tried, passed and mastered.

    seconds: worked until full marks, the medians of the scenarios in which that was counted, summed up; minutes:
    that those same scenarios should take. Both are None where none was counted.
    """

    id: str
    text: str
    scenarios: int
    tried: int
    passed: int
    mastered: int
    seconds: int | None = None
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class ScenarioStanding:
    """One scenario that was tried. seconds: the median until full marks, None where nobody counted."""

    id: str
    bullet: str
    topic: str
    minutes: int
    tried: int
    passed: int
    mastered: bool
    seconds: int | None


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A check, and in how many attempts it failed by itself at least once."""

    scenario: str
    check: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Standing:
    """bullets: all of the curriculum, also those without a scenario. scenarios: those that were tried."""

    bullets: tuple[Group, ...]
    topics: tuple[Group, ...]
    scenarios: tuple[ScenarioStanding, ...]
    failed: tuple[FailedCheck, ...]


def standing_of(entries: Sequence[CatalogueEntry]) -> Standing:
    """What the tallies of all scenarios that can be started come to."""
    topics = dict.fromkeys(one.topic for one in entries)
    return Standing(
        bullets=tuple(
            _group(one.id, one.text, [entry for entry in entries if entry.bullet == one.id]) for one in BULLETS
        ),
        topics=tuple(_group(name, name, [entry for entry in entries if entry.topic == name]) for name in topics),
        scenarios=tuple(_scenario(one) for one in entries if one.tally),
        failed=_most_failed(entries),
    )


def _group(name: str, text: str, entries: Sequence[CatalogueEntry]) -> Group:
    tallies = [(one, one.tally) for one in entries if one.tally]
    timed = [(one.minutes, tally.seconds) for one, tally in tallies if tally.seconds is not None]
    return Group(
        id=name,
        text=text,
        scenarios=len(entries),
        tried=len(tallies),
        passed=sum(bool(tally.passed) for _, tally in tallies),
        mastered=sum(tally.mastered for _, tally in tallies),
        seconds=sum(seconds for _, seconds in timed) if timed else None,
        minutes=sum(minutes for minutes, _ in timed) if timed else None,
    )


def _scenario(one: CatalogueEntry) -> ScenarioStanding:
    assert one.tally
    tally = one.tally
    return ScenarioStanding(
        one.id, one.bullet, one.topic, one.minutes, tally.tried, tally.passed, tally.mastered, tally.seconds
    )


def _most_failed(entries: Iterable[CatalogueEntry]) -> tuple[FailedCheck, ...]:
    found = [
        FailedCheck(one.id, check, attempts)
        for one in entries
        if one.tally
        for check, attempts in one.tally.failed.items()
    ]
    found.sort(key=lambda one: (-one.attempts, one.scenario, one.check))
    return tuple(found[:MOST_FAILED])
