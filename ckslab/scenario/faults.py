"""Faults that a lab draws by its seed: the same for the same seed, on every machine and Python."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol, TypeVar

from ckslab.scenario.actions import Step


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break the lab: its steps are played after set-up; `repair` undoes them.

    signatures: regular expressions; a line of the API server's or the kubelet's log that matches one names
    this fault. example: such a line, as a learner would copy it (`${fault-log}` in answers). not_with: ids
    of faults that are never drawn beside this one. line: in scenario.yaml.
    """

    id: str
    steps: tuple[Step, ...]
    repair: tuple[Step, ...]
    signatures: tuple[str, ...]
    example: str
    not_with: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Faults:
    """A pool of faults of which each lab draws `draw` by its seed (see `draw_faults`)."""

    draw: int
    choices: tuple[Fault, ...]


class Drawable(Protocol):
    """What drawing looks at."""

    @property
    def id(self) -> str:
        """The fault's name."""

    @property
    def not_with(self) -> tuple[str, ...]:
        """Faults that are never drawn beside it."""


D = TypeVar("D", bound=Drawable)


def draw_faults(faults: Faults | None, seed: int) -> tuple[Fault, ...]:
    """The faults of the lab with this seed, in the pool's order, in which their steps are played."""
    if faults is None:
        return ()
    drawn: list[Fault] = []
    for fault in sorted(faults.choices, key=lambda one: hashlib.sha256(f"{seed}/{one.id}".encode()).digest()):
        if len(drawn) < faults.draw and all(compatible(fault, other) for other in drawn):
            drawn.append(fault)
    return tuple(fault for fault in faults.choices if fault in drawn)


def compatible(one: Drawable, other: Drawable) -> bool:
    """Whether two faults may be drawn together."""
    return one.id not in other.not_with and other.id not in one.not_with


def dead_end(choices: Iterable[D], draw: int) -> tuple[D, ...] | None:
    """Faults beside which too few others could be drawn, if there are such; (): too few in all."""
    pool = list(choices)
    for size in range(draw):
        for chosen in combinations(pool, size):
            if not all(compatible(one, other) for one, other in combinations(chosen, 2)):
                continue
            if not any(one not in chosen and all(compatible(one, other) for other in chosen) for one in pool):
                return chosen
    return None
