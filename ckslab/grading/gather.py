"""Asking the collector: every need that was asked for gets a fact, whatever the collector does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ckslab.errors import CkslabError
from ckslab.evidence import Fact, Need, Unavailable, fault

Collect = Callable[[frozenset[Need]], Mapping[Need, Fact]]
"""Finds out a set of needs, side by side."""

Gather = Callable[[frozenset[Need]], dict[Need, Fact]]
"""Like Collect, and it answers every need and never raises an Exception."""

NO_CLUSTER = Unavailable("only a running cluster can tell, and files alone are graded", not_applicable=True)


def gatherer(collect: Collect, *, files_only: bool) -> Gather:
    """`collect` made safe: errors and gaps become Unavailable; live needs too where only files count."""

    def gather(needs: frozenset[Need]) -> dict[Need, Fact]:
        asked = frozenset(need for need in needs if not (files_only and need.live))
        facts: dict[Need, Fact] = dict.fromkeys(needs - asked, NO_CLUSTER)
        if asked:
            found = _collect(collect, asked)
            facts |= {need: found.get(need) or _gap(need) for need in asked}
        return facts

    return gather


def _collect(collect: Collect, asked: frozenset[Need]) -> Mapping[Need, Fact]:
    try:
        return collect(asked)
    except CkslabError as error:
        return dict.fromkeys(asked, Unavailable(error.message))
    except Exception as error:  # a collector's bug leaves points undecided, never lost
        return dict.fromkeys(asked, Unavailable(fault("collecting", error)))


def _gap(need: Need) -> Unavailable:
    return Unavailable(f"a fault of ckslab: nothing was collected for {type(need).__name__}")
