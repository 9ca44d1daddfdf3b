"""A Deployment or StatefulSet that is meant to run: as it is once it has stopped changing by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from ckslab.evidence import Fact, Need, Unavailable
from ckslab.needs.awaited import once_settled
from ckslab.needs.objects import ObjectNeed, ObjectsFact, objects
from ckslab.needs.real_images import with_real_images

if TYPE_CHECKING:
    from ckslab.cluster.api import Api
    from ckslab.kubernetes.pod_state import Obstacle
    from ckslab.kubernetes.workloads import Workload
    from ckslab.needs.sources import Sources

WorkloadKind = Literal["Deployment", "StatefulSet"]

LIMIT = 45.0
"""Seconds; see `ckslab.needs.running_pod`."""


@dataclass(frozen=True, slots=True)
class RolloutFact:
    """workload: as the API server gave it last, None if there is none. obstacle: what keeps its Pods from being all
    available and of its template, None where nothing does. pods: those that are its own, with their real images.
    """

    workload: Mapping[str, Any] | None
    obstacle: Obstacle | None = None
    pods: tuple[Workload, ...] = ()


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
        from ckslab.kubernetes.workloads import read_workload

        found = once_settled(needs, sources, lambda need: _get(sources.api, need), _obstacle, LIMIT)
        there = {need: fact for need, fact in found.items() if isinstance(fact, RolloutFact)}
        real = iter(with_real_images([pod.item for fact in there.values() for pod in fact.pods], sources.node))
        for need, fact in there.items():
            found[need] = replace(fact, pods=tuple(read_workload(next(real), "Pod") for _ in fact.pods))
        return found


def _obstacle(need: RolloutNeed, fact: Fact) -> Obstacle | None:
    found = fact.obstacle if isinstance(fact, RolloutFact) else None
    return found and found.of(need.name)


def _get(api: Api, need: RolloutNeed) -> Fact:
    from ckslab.kubernetes.running_workloads import pods_of, rollout_obstacle, unavailable
    from ckslab.kubernetes.workloads import TEMPLATES, read_workload

    found = {
        kind: objects(api, ObjectNeed(TEMPLATES[kind][0], kind, need.namespace, name))
        for kind, name in ((need.kind, need.name), ("ReplicaSet", None), ("Pod", None))
    }
    if unknown := next((fact for fact in found.values() if isinstance(fact, Unavailable)), None):
        return unknown
    there = [read_workload(item, kind) for kind, fact in found.items() for item in _items(fact)]
    if not _items(found[need.kind]):
        return RolloutFact(None)
    workload = there[0]
    obstacle = rollout_obstacle(workload, there) or unavailable(workload)
    return RolloutFact(workload.item, obstacle, tuple(pods_of(workload, there)))


def _items(fact: Fact) -> tuple[Mapping[str, Any], ...]:
    return fact.items if isinstance(fact, ObjectsFact) else ()
