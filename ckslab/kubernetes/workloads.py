"""Workloads: the kinds that run Pods, with the containers that each one's template has, and what owns what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TEMPLATES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Deployment": ("apps/v1", ("spec", "template", "spec")),
    "StatefulSet": ("apps/v1", ("spec", "template", "spec")),
    "DaemonSet": ("apps/v1", ("spec", "template", "spec")),
    "ReplicaSet": ("apps/v1", ("spec", "template", "spec")),
    "ReplicationController": ("v1", ("spec", "template", "spec")),
    "CronJob": ("batch/v1", ("spec", "jobTemplate", "spec", "template", "spec")),
    "Job": ("batch/v1", ("spec", "template", "spec")),
    "Pod": ("v1", ("spec",)),
}
"""Kind -> its version, and where it has the spec of its Pods (Kubernetes v1.35, all kinds that have one)."""

SHORT = {
    "deploy": "Deployment",
    "sts": "StatefulSet",
    "ds": "DaemonSet",
    "rs": "ReplicaSet",
    "rc": "ReplicationController",
    "cj": "CronJob",
    "po": "Pod",
}
"""As kubectl takes them for short (`kubectl api-resources`)."""

MADE_BY: Mapping[str, tuple[str, ...]] = {
    "ReplicaSet": ("Deployment",),
    "Job": ("CronJob",),
    "Pod": ("ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job"),
}
"""Kind -> the kinds whose controllers make such. An owner of another kind, or of no kind that there is, is what
somebody has written.
"""


SOON = 60
"""Seconds; a Pod that says nothing of it has 30 (terminationGracePeriodSeconds)."""


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a template. init: whether it runs before the others."""

    name: str
    image: str
    init: bool = False

    @property
    def title(self) -> str:
        """What it is called."""
        return f"init container {self.name}" if self.init else f"container {self.name}"


@dataclass(frozen=True, slots=True)
class Workload:
    """What runs Pods, or is one. containers: those of its template, the init containers first.

    maker: uid of the workload that controls it and is of a kind that makes such, "" where there is none. The
    garbage collector removes what names one that is not there. replicas: None of kinds that have none.
    """

    kind: str
    name: str
    uid: str
    containers: tuple[Container, ...]
    maker: str
    replicas: int | None
    item: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What it is called."""
        return f"{self.kind} {self.name}"


def read_workload(item: Mapping[str, Any], kind: str) -> Workload:
    """An API object of one of the kinds; what makes no sense in it is not there. Items of a list have no kind."""
    metadata, spec = mapping(item.get("metadata")), mapping(item.get("spec"))
    pod = mapping(item.get("spec"))
    for key in TEMPLATES[kind][1][1:]:
        pod = mapping(pod.get(key))
    replicas = spec.get("replicas")
    return Workload(
        kind,
        str(metadata.get("name", "")),
        str(metadata.get("uid", "")),
        (*_containers(pod, "initContainers"), *_containers(pod, "containers")),
        next(
            (
                str(one.get("uid"))
                for one in listed(metadata, "ownerReferences")
                if one.get("controller") is True
                and one.get("kind") in MADE_BY.get(kind, ())
                and one.get("apiVersion") == TEMPLATES[one["kind"]][0]
            ),
            "",
        ),
        replicas if isinstance(replicas, int) else None,
        item,
    )


def _containers(pod: Mapping[str, Any], key: str) -> Iterator[Container]:
    for one in listed(pod, key):
        yield Container(str(one.get("name", "")), str(one.get("image", "")), key == "initContainers")


def template_of(workload: Workload) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Metadata and spec of the Pods that a workload makes."""
    pod = workload.item
    for key in TEMPLATES[workload.kind][1][:-1]:
        pod = mapping(pod.get(key))
    return mapping(pod.get("metadata")), mapping(pod.get("spec"))


def by_themselves(workloads: Iterable[Workload]) -> dict[tuple[str, str], Workload]:
    """By kind and name, those that no workload made, and that run Pods or may.

    A Job counts as its CronJob's only with the images that this has now: it may run by those of before for long.
    """
    there = list(workloads)
    made_of = {one.uid: set(one.containers) for one in there if one.kind == "CronJob"}

    def is_made(one: Workload) -> bool:
        has = set(one.containers)
        return bool(one.maker) and (one.kind != "Job" or made_of.get(one.maker, has) == has)

    return {(one.kind, one.name): one for one in there if not (is_made(one) or _runs_nothing(one))}


def _runs_nothing(workload: Workload) -> bool:
    """What is being deleted, and a Job or Pod that has ended."""
    if leaves(workload) or ended(workload):
        return True
    status = mapping(workload.item.get("status"))
    done = {one.get("type") for one in listed(status, "conditions") if one.get("status") == "True"}
    return workload.kind == "Job" and bool(done & {"Complete", "Failed"})


def leaves(workload: Workload) -> bool:
    """Whether it is being deleted."""
    return bool(mapping(workload.item.get("metadata")).get("deletionTimestamp"))


def soon_gone(pod: Workload) -> bool:
    """Whether it is being deleted, and ends within a minute without anybody doing anything."""
    metadata = mapping(pod.item.get("metadata"))
    grace = metadata.get("deletionGracePeriodSeconds", 0)
    return leaves(pod) and not metadata.get("finalizers") and isinstance(grace, int) and grace <= SOON


def ended(workload: Workload) -> bool:
    """Whether it is a Pod that runs nothing any more."""
    phase = mapping(workload.item.get("status")).get("phase")
    return workload.kind == "Pod" and phase in ("Succeeded", "Failed")


def kind_called(word: str) -> str | None:
    """The kind that kubectl takes a word for: `deployment`, `deployments.apps`, `deploy`, `Deployment`."""
    bare = word.lower().partition(".")[0]
    names = {form: kind for kind in TEMPLATES for form in (kind.lower(), f"{kind.lower()}s")}
    return names.get(bare) or SHORT.get(bare)


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def listed(item: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The mappings in a list of an object, none where it has no such list."""
    found = item.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else []
