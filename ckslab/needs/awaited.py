"""Facts about what changes by itself: asked for again until it has stopped, or the time is up."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, TypeVar

from ckslab.evidence import Fact, Need, Unavailable

if TYPE_CHECKING:
    from ckslab.kubernetes.pod_state import Obstacle
    from ckslab.needs.sources import Sources

N = TypeVar("N", bound=Need)

EVERY = 0.5


def once_settled(
    needs: Collection[N],
    sources: Sources,
    ask: Callable[[N], Fact],
    obstacle: Callable[[N, Fact], Obstacle | None],
    seconds: float,
) -> dict[N, Fact]:
    """The last fact for each. ask: for it, once. obstacle: what is in its way, waited for while it may pass.

    Whoever waits is told by the lab's progress, once for each thing that is waited for. What a service of the lab's
    own keeps from running is Unavailable.
    """
    from ckslab.needs.api_server import NOT_READY
    from ckslab.waiting import polls

    if not sources.api.ready():
        return dict.fromkeys(needs, NOT_READY)
    found: dict[N, Fact] = {}
    stand: dict[N, Obstacle | None] = {}
    told = ""
    for waited in polls(seconds, every=EVERY, node=sources.node):
        for need in needs:
            if need not in found or ((last := stand[need]) is not None and last.passing):
                found[need] = ask(need)
                stand[need] = obstacle(need, found[need])
        now = next((one.words for one in stand.values() if one is not None and one.passing), "")
        if not now:
            break
        if waited > EVERY and now != told:
            sources.progress.step(f"waiting for {now}")
            told = now
    return {need: _down(sources, stand[need]) or fact for need, fact in found.items()}


def _down(sources: Sources, obstacle: Obstacle | None) -> Unavailable | None:
    """That a service of the lab did not answer the kubelet, and was started again where it still does not."""
    for name, service in sources.services.items():
        if obstacle is not None and service.missed(obstacle.words):
            service.ensure(sources.node)
            return Unavailable(
                f"the lab's service {name} did not answer the kubelet, and answers now: new pods pull at once, and "
                f"those that are there within 5 minutes ({obstacle.words})"
            )
    return None
