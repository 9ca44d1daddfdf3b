"""Collecting in rounds: what a judgement finds missing is collected, and it judges again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from ckslab.errors import LabError
from ckslab.evidence import Collect, Evidence, Need, NotCollected
from ckslab.grading.budget import Budget

MAX_ROUNDS = 30
"""How often facts are collected: a judgement follows at most that many references from fact to fact."""

T = TypeVar("T")


class TooManyRounds(LabError):
    """A judgement asks for ever more facts. evidence: what was collected until then."""

    def __init__(self, missing: Iterable[Need], evidence: Evidence) -> None:
        super().__init__(too_deep(next(iter(missing))))
        self.evidence = evidence


def too_deep(need: Need) -> str:
    """That a judgement was not come to, because it asked for this, too."""
    return f"not known after {MAX_ROUNDS} rounds of collecting; the next would have been {need}"


def collect_until(
    judge: Callable[[Evidence], T], collect: Collect, needs: Iterable[Need] = ()
) -> tuple[T, Evidence]:
    """What `judge` says once all that it reads is collected, and all of that.

    needs: what it certainly reads; the rest is asked for as it is read (see `NotCollected`). All of it within one
    `Budget`. TooManyRounds.
    """
    collect = Budget().within(collect)
    first = frozenset(needs)
    evidence = Evidence(collect(first)) if first else Evidence()
    collected = 1
    while True:
        try:
            return judge(evidence), evidence
        except NotCollected as asked:
            if collected == MAX_ROUNDS:
                raise TooManyRounds(asked.missing, evidence) from None
            evidence = evidence.plus(collect(frozenset(asked.missing)))
            collected += 1
