"""A seed that draws another lab than those that were sat before, as far as the pools have others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ckslab.scenario.draws import drawn_words
from ckslab.scenario.faults import draw_faults
from ckslab.scenario.model import Scenario

Drawn = tuple[str, ...]


def unlike(scenario: Scenario, sat: Sequence[int], candidates: Iterable[int]) -> int:
    """The candidate whose draw nobody met and which differs most from the latest one; the first where none does.

    sat: seeds of former labs, the latest first. ValueError where there is no candidate.
    """
    met = [_drawn(scenario, seed) for seed in sat]

    def news(seed: int) -> tuple[bool, int]:
        drawn = _drawn(scenario, seed)
        return drawn not in met, _differing(drawn, met[0]) if met else 0

    return max(candidates, key=news)


def _drawn(scenario: Scenario, seed: int) -> Drawn:
    """The word of each part, then the faults, with an empty place for each fault that was not drawn."""
    words = drawn_words(scenario.pools, seed)
    chosen = {fault.id for fault in draw_faults(scenario.faults, seed)}
    choices = scenario.faults.choices if scenario.faults else ()
    return (*words.values(), *(fault.id if fault.id in chosen else "" for fault in choices))


def _differing(one: Drawn, other: Drawn) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))
