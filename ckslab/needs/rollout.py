"""A Deployment or StatefulSet that is meant to run: as it is once it has stopped changing by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from ckslab.evidence import Fact, Need, Unavailable

if TYPE_CHECKING:
    from ckslab.cluster.api import Api
    from ckslab.kubernetes.rollout import Rollout
    from ckslab.needs.sources import Sources

WorkloadKind = Literal["Deployment", "StatefulSet"]

LIMIT = 45.0
"""Seconds; see `ckslab.needs.running_pod`."""

EVERY = 0.5


@dataclass(frozen=True, slots=True)
class RolloutFact:
    """workload: as the API server gave it last, None if there is none. rollout: how far it has come."""

    workload: Mapping[str, Any] | None
    rollout: Rollout | None = None


@dataclass(frozen=True, slots=True)
class RolloutNeed(Need[RolloutFact]):
    """One workload by name, waited for while it is on its way."""

    live: ClassVar[bool] = True
    kind: WorkloadKind
    namespace: str
    name: str

    def words(self) -> str:
        """What is asked."""
        return f"whether {self.kind} {self.namespace}/{self.name} is rolled out"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Ask until none of them is on its way any more, or the time is up."""
        from ckslab.needs.api_server import NOT_READY
        from ckslab.waiting import polls

        if not sources.api.ready():
            return dict.fromkeys(needs, NOT_READY)
        found: dict[Self, Fact] = {}
        told = ""
        for waited in polls(LIMIT, every=EVERY, node=sources.node):
            found |= {need: _get(sources.api, need) for need in needs if need not in found or _awaited(found[need])}
            now = next(
                (f"waiting for {need.name}: {words}" for need in needs if (words := _awaited(found[need]))), ""
            )
            if not now:
                break
            if waited > EVERY and now != told:
                sources.progress.step(now)
                told = now
        return found


def _awaited(fact: Fact) -> str:
    """What a workload that is on its way waits for, "" for any other."""
    rollout = fact.rollout if isinstance(fact, RolloutFact) else None
    return rollout.words if rollout is not None and rollout.passing else ""


def _get(api: Api, need: RolloutNeed) -> Fact:
    from ckslab.kubernetes.rollout import rollout

    plural = f"{need.kind.lower()}s"
    answer = api.request("GET", f"/apis/apps/v1/namespaces/{need.namespace}/{plural}/{need.name}")
    if answer.status == 404:
        return RolloutFact(None)
    if answer.status != 200 or not isinstance(answer.body, dict):
        return _no_answer(answer.status, answer.text)
    pods = api.request("GET", f"/api/v1/namespaces/{need.namespace}/pods?labelSelector={_selector(answer.body)}")
    items = pods.body.get("items") if isinstance(pods.body, dict) else None
    if pods.status != 200 or not isinstance(items, list):
        return _no_answer(pods.status, pods.text)
    return RolloutFact(answer.body, rollout(answer.body, [item for item in items if isinstance(item, dict)]))


def _no_answer(status: int, text: str) -> Unavailable:
    return Unavailable(f"the API server did not answer: {text[:200]}", api_down=status == 0)


def _selector(workload: Mapping[str, Any]) -> str:
    """Of its labels alone: more pods may be found than are its own, which matters for words only."""
    spec = workload.get("spec")
    selector = spec.get("selector") if isinstance(spec, Mapping) else None
    labels = selector.get("matchLabels") if isinstance(selector, Mapping) else None
    from urllib.parse import quote

    pairs = labels.items() if isinstance(labels, Mapping) else ()
    return quote(",".join(f"{key}={value}" for key, value in pairs))
