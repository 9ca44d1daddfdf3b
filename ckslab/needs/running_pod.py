"""A Pod that is meant to run: as it is once it has stopped changing by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ckslab.evidence import Fact, Need, Unavailable
from ckslab.needs.awaited import once_settled

if TYPE_CHECKING:
    from ckslab.cluster.api import Api
    from ckslab.kubernetes.pod_state import Obstacle
    from ckslab.needs.sources import Sources

LIMIT = 45.0
"""Seconds. After a restart of the API server a new Pod waits 15 to 20 s: scheduler and controller manager wait for
their old leases to end (--leader-elect-lease-duration 15s, k8s.io/component-base v0.35)."""


@dataclass(frozen=True, slots=True)
class RunningPodFact:
    """pod: as the API server gave it last, None if there is none. event: the last warning about it, "" if none."""

    pod: Mapping[str, Any] | None
    event: str = ""


@dataclass(frozen=True, slots=True)
class RunningPodNeed(Need[RunningPodFact]):
    """One Pod by name, waited for while it is on its way."""

    live: ClassVar[bool] = True
    namespace: str
    name: str

    def words(self) -> str:
        """What is asked."""
        return f"whether pod {self.namespace}/{self.name} runs"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Ask until none of them is on its way any more, or the time is up."""
        found = once_settled(needs, sources, lambda need: _get(sources.api, need), _obstacle, LIMIT)
        return {need: _with_event(sources.api, need, fact) for need, fact in found.items()}


def _obstacle(need: RunningPodNeed, fact: Fact) -> Obstacle | None:
    from ckslab.kubernetes.pod_state import obstacle

    found = obstacle(fact.pod) if isinstance(fact, RunningPodFact) and fact.pod is not None else None
    return found and found.of(f"pod {need.name}")


def _get(api: Api, need: RunningPodNeed) -> Fact:
    answer = api.request("GET", f"/api/v1/namespaces/{need.namespace}/pods/{need.name}")
    if answer.status == 404:
        return RunningPodFact(None)
    if answer.status != 200 or not isinstance(answer.body, dict):
        return Unavailable(f"the API server did not answer: {answer.text[:200]}", api_down=answer.status == 0)
    return RunningPodFact(answer.body)


def _with_event(api: Api, need: RunningPodNeed, fact: Fact) -> Fact:
    """The fact with the last warning about a Pod that does not run."""
    from ckslab.kubernetes.pod_state import obstacle

    if not isinstance(fact, RunningPodFact) or fact.pod is None or obstacle(fact.pod) is None:
        return fact
    about = f"involvedObject.kind%3DPod,involvedObject.name%3D{need.name},type%3DWarning"
    answer = api.request("GET", f"/api/v1/namespaces/{need.namespace}/events?fieldSelector={about}")
    items = answer.body.get("items") if isinstance(answer.body, dict) else None
    events = [item for item in items or () if isinstance(item, dict)] if isinstance(items, list) else []
    events.sort(key=lambda item: str(item.get("lastTimestamp") or item.get("eventTime") or ""))
    return RunningPodFact(fact.pod, f"{events[-1].get('reason')}: {events[-1].get('message')}" if events else "")
