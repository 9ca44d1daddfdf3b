"""Facts about what changes by itself: asked for again until it has stopped, or the time is up."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, TypeVar

from ckslab.evidence import Fact, Need

if TYPE_CHECKING:
    from ckslab.needs.sources import Sources

N = TypeVar("N", bound=Need)

EVERY = 0.5


def once_settled(
    needs: Collection[N],
    sources: Sources,
    ask: Callable[[N], Fact],
    awaits: Callable[[N, Fact], str],
    seconds: float,
) -> dict[N, Fact]:
    """The last fact for each. ask: for it, once. awaits: what it waits for, in words, "" where nothing.

    Whoever waits is told by the lab's progress, once for each thing that is waited for.
    """
    from ckslab.needs.api_server import NOT_READY
    from ckslab.waiting import polls

    if not sources.api.ready():
        return dict.fromkeys(needs, NOT_READY)
    found: dict[N, Fact] = {}
    told = ""
    for waited in polls(seconds, every=EVERY, node=sources.node):
        found |= {need: ask(need) for need in needs if need not in found or awaits(need, found[need])}
        now = next((words for need in needs if (words := awaits(need, found[need]))), "")
        if not now:
            break
        if waited > EVERY and now != told:
            sources.progress.step(f"waiting for {now}")
            told = now
    return found
