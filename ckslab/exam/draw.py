"""Which tasks an exam has, and what each weighs: drawn by a seed, the same on every machine and Python. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import get_args

from ckslab.errors import UsageError, nearest
from ckslab.scenario.document import Topic

MAX_TASKS = 50
"""Of one exam: with more, a weight would be less than a few per cent of anything."""

TOPICS: tuple[str, ...] = get_args(Topic)

LEVELS = {"easy": Fraction(1), "medium": Fraction(5, 4), "hard": Fraction(3, 2)}
"""What a minute of a task counts for its weight, by its level."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scenario that can be drawn. bullet: of the curriculum, None where it names none."""

    id: str
    title: str
    topic: str
    difficulty: str
    minutes: int
    bullet: str | None = None

    @property
    def part(self) -> str:
        """What draws are mixed by."""
        return self.bullet or self.topic


@dataclass(frozen=True, slots=True)
class Wish:
    """What a draw is to be. minutes: of the exam. tasks: how many; None: as many as the time holds.

    scenarios: exactly these, in this order; then nothing else counts.
    """

    minutes: int
    tasks: int | None = None
    topics: tuple[str, ...] = ()
    level: str | None = None
    scenarios: tuple[str, ...] = ()


def draw(candidates: Sequence[Candidate], wish: Wish, seed: int) -> tuple[Candidate, ...]:
    """The tasks in their order. Mixed by bullet, then topic and level; of their minutes none is over the exam's.

    UsageError: nothing can be drawn so.
    """
    if wish.scenarios:
        return _named(candidates, wish)
    pool = [one for one in candidates if _wanted(one, wish)]
    if not pool:
        raise UsageError("no scenario that can run here is of that topic and level", advice="ckslab list")
    if wish.tasks is not None:
        _enough(pool, wish.tasks, wish.minutes)
    drawn: list[Candidate] = []
    left = sorted(pool, key=lambda one: _chance(seed, one.id))
    minutes = wish.minutes
    while len(drawn) < min(wish.tasks or MAX_TASKS, MAX_TASKS):
        fitting = [one for one in left if one.minutes <= minutes - _reserve(left, one, wish.tasks, len(drawn))]
        if not fitting:
            break
        chosen = min(fitting, key=lambda one: _much(drawn, one))  # the first of equals: chance decides
        drawn.append(chosen)
        left.remove(chosen)
        minutes -= chosen.minutes
    if not drawn:
        shortest = min(one.minutes for one in pool)
        raise UsageError(
            f"no task fits into {wish.minutes} minutes: the shortest takes {shortest}",
            advice=f"--minutes {shortest} · tasks that you name may have less: ckslab exam start SCENARIO",
        )
    return tuple(drawn)


def weights(tasks: Sequence[Candidate]) -> tuple[int, ...]:
    """What each task weighs, in per cent: whole numbers from 1 that sum to 100, by minutes and level."""
    raw = [max(one.minutes, 1) * LEVELS.get(one.difficulty, Fraction(1)) for one in tasks]
    free = 100 - len(raw)  # every task has its one per cent
    shares = [free * one / sum(raw) for one in raw]
    whole = [1 + int(share) for share in shares]
    by_rest = sorted(range(len(raw)), key=lambda n: (int(shares[n]) - shares[n], n))
    for n in by_rest[: 100 - sum(whole)]:
        whole[n] += 1
    return tuple(whole)


def task_seed(seed: int, scenario: str) -> int:
    """The seed of a task's lab: 0 to 9999, as those that a start draws."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{scenario}/lab".encode()).digest()[:8]) % 10_000


def _named(candidates: Sequence[Candidate], wish: Wish) -> tuple[Candidate, ...]:
    known = {one.id: one for one in candidates}
    for name in wish.scenarios:
        if name not in known:
            raise UsageError(f"{name!r} cannot be a task here{nearest(name, known)}", advice="ckslab list")
        if wish.scenarios.count(name) > 1:
            raise UsageError(f"{name} is named twice: an exam has each task once")
    if len(wish.scenarios) > MAX_TASKS:
        raise UsageError(f"an exam has at most {MAX_TASKS} tasks")
    return tuple(known[name] for name in wish.scenarios)


def _wanted(one: Candidate, wish: Wish) -> bool:
    return (not wish.topics or one.topic in wish.topics) and wish.level in (None, one.difficulty)


def _enough(pool: Sequence[Candidate], tasks: int, minutes: int) -> None:
    if tasks > MAX_TASKS:
        raise UsageError(f"an exam has at most {MAX_TASKS} tasks")
    if tasks > len(pool):
        raise UsageError(f"{tasks} tasks are wanted, and {len(pool)} can be drawn", advice="ckslab list")
    needed = sum(sorted(one.minutes for one in pool)[:tasks])
    if needed > minutes:
        raise UsageError(
            f"{tasks} tasks take {needed} minutes at least; the exam has {minutes}",
            advice=f"--minutes {needed} · fewer tasks · named tasks may have less: ckslab exam start SCENARIO",
        )


def _reserve(left: Iterable[Candidate], one: Candidate, tasks: int | None, drawn: int) -> int:
    """Minutes that the tasks after this one take at least, where their number is given."""
    if tasks is None:
        return 0
    others = sorted(other.minutes for other in left if other is not one)
    return sum(others[: tasks - drawn - 1])


def _much(drawn: Sequence[Candidate], one: Candidate) -> tuple[int, int, int]:
    """How much was drawn already of what it is: minutes of its bullet and of its topic, tasks of its level."""
    parts: Counter[str] = Counter()
    topics: Counter[str] = Counter()
    for other in drawn:
        parts[other.part] += other.minutes
        topics[other.topic] += other.minutes
    levels = sum(other.difficulty == one.difficulty for other in drawn)
    return parts[one.part], topics[one.topic], levels


def _chance(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}/{name}".encode()).digest()
