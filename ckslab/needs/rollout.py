"""A Deployment or StatefulSet that is meant to run: as it is once it has stopped changing by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from ckslab.evidence import Fact, Need, NotAvailable, Unavailable
from ckslab.needs.awaited import once_settled

if TYPE_CHECKING:
    from ckslab.cluster.api import Api
    from ckslab.kubernetes.rollout import Rollout
    from ckslab.needs.sources import Sources

WorkloadKind = Literal["Deployment", "StatefulSet"]

LIMIT = 45.0
"""Seconds; see `ckslab.needs.running_pod`."""


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
        return once_settled(needs, sources, lambda need: _get(sources.api, need), _awaited, LIMIT)


def _awaited(need: RolloutNeed, fact: Fact) -> str:
    """What a workload that is on its way waits for, "" for any other."""
    rollout = fact.rollout if isinstance(fact, RolloutFact) else None
    return f"{need.name}: {rollout.words}" if rollout is not None and rollout.passing else ""


def _get(api: Api, need: RolloutNeed) -> Fact:
    from ckslab.kubernetes.rollout import of_present_template, rollout

    apps = f"/apis/apps/v1/namespaces/{need.namespace}"
    answer = api.request("GET", f"{apps}/{need.kind.lower()}s/{need.name}")
    if answer.status == 404:
        return RolloutFact(None)
    if answer.status != 200 or not isinstance(answer.body, dict):
        return Unavailable(f"the API server did not answer: {answer.text[:200]}", api_down=answer.status == 0)
    selector = f"labelSelector={_selector(answer.body)}"
    try:
        pods = _items(api, f"/api/v1/namespaces/{need.namespace}/pods?{selector}")
        sets = _items(api, f"{apps}/replicasets?{selector}") if need.kind == "Deployment" else ()
    except NotAvailable as none:
        return none.unavailable
    return RolloutFact(answer.body, rollout(answer.body, of_present_template(answer.body, sets, pods)))


def _items(api: Api, path: str) -> tuple[Mapping[str, Any], ...]:
    """NotAvailable where the API server gives none."""
    answer = api.request("GET", path)
    items = answer.body.get("items") if isinstance(answer.body, dict) else None
    if answer.status != 200 or not isinstance(items, list):
        words = f"the API server did not answer: {answer.text[:200]}"
        raise NotAvailable(Unavailable(words, api_down=answer.status == 0))
    return tuple(item for item in items if isinstance(item, dict))


def _selector(workload: Mapping[str, Any]) -> str:
    """Of its labels alone: more pods may be found than are its own, which matters for words only."""
    spec = workload.get("spec")
    selector = spec.get("selector") if isinstance(spec, Mapping) else None
    labels = selector.get("matchLabels") if isinstance(selector, Mapping) else None
    from urllib.parse import quote

    pairs = labels.items() if isinstance(labels, Mapping) else ()
    return quote(",".join(f"{key}={value}" for key, value in pairs))
