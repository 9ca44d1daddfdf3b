"""The workloads of a namespace with their Pods, as they are once no rollout is under way any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ckslab.evidence import Fact, Need, Unavailable
from ckslab.needs.awaited import once_settled
from ckslab.needs.objects import ObjectNeed, ObjectsFact, objects
from ckslab.needs.real_images import with_real_images

if TYPE_CHECKING:
    from ckslab.cluster.api import Api
    from ckslab.kubernetes.pod_state import Obstacle
    from ckslab.needs.sources import Sources

LIMIT = 75.0
"""Seconds. A Pod that does not end by itself is killed after 30 s, and only then is there a StatefulSet's next."""


@dataclass(frozen=True, slots=True)
class RunningWorkloadsFact:
    """By kind, all objects of it in the namespace as the API server gave them last, Pods with their real images."""

    items: Mapping[str, tuple[Mapping[str, Any], ...]]


@dataclass(frozen=True, slots=True)
class RunningWorkloadsNeed(Need[RunningWorkloadsFact]):
    """What runs in a namespace, waited for while it changes."""

    live: ClassVar[bool] = True
    namespace: str

    def words(self) -> str:
        """What is asked."""
        return f"what runs in the namespace {self.namespace}"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Ask until nothing is on its way any more, or the time is up."""
        found = once_settled(needs, sources, lambda need: _get(sources.api, need.namespace), _obstacle, LIMIT)
        for need, fact in found.items():
            if isinstance(fact, RunningWorkloadsFact):
                pods = with_real_images(fact.items["Pod"], sources.node)
                found[need] = RunningWorkloadsFact({**fact.items, "Pod": pods})
        return found


def _obstacle(_: RunningWorkloadsNeed, fact: Fact) -> Obstacle | None:
    """What is in the way of a rollout: one that is under way, if any is."""
    from ckslab.kubernetes.running_workloads import ROLLED_OUT, rollout_obstacle
    from ckslab.kubernetes.workloads import by_themselves, read_workload

    if not isinstance(fact, RunningWorkloadsFact):
        return None
    there = [read_workload(item, kind) for kind, items in fact.items.items() for item in items]
    rollouts = [one for one in by_themselves(there).values() if one.kind in ROLLED_OUT]
    found = [stands.of(one.title) for one in rollouts if (stands := rollout_obstacle(one, there))]
    return next((one for one in found if one.passing), found[0] if found else None)


def _get(api: Api, namespace: str) -> Fact:
    from ckslab.kubernetes.workloads import TEMPLATES

    items = {}
    for kind, (version, _) in TEMPLATES.items():
        fact = objects(api, ObjectNeed(version, kind, namespace))
        if isinstance(fact, Unavailable):
            return fact
        assert isinstance(fact, ObjectsFact)
        items[kind] = fact.items
    return RunningWorkloadsFact(items)
