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

    owners: uids of the workloads that made it. replicas: None of kinds that have none.
    """

    kind: str
    name: str
    uid: str
    containers: tuple[Container, ...]
    owners: frozenset[str]
    replicas: int | None
    item: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What it is called."""
        return f"{self.kind} {self.name}"


def read_workload(item: Mapping[str, Any], kind: str) -> Workload:
    """An API object of one of the kinds; what makes no sense in it is not there. Items of a list have no kind."""
    metadata, spec = mapping(item.get("metadata")), mapping(item.get("spec"))
    pod: Any = item
    for key in TEMPLATES[kind][1]:
        pod = mapping(mapping(pod).get(key))
    replicas = spec.get("replicas")
    return Workload(
        kind,
        str(metadata.get("name", "")),
        str(metadata.get("uid", "")),
        (*_containers(pod, "initContainers"), *_containers(pod, "containers")),
        frozenset(
            str(one.get("uid")) for one in listed(metadata, "ownerReferences") if one.get("kind") in TEMPLATES
        ),
        replicas if isinstance(replicas, int) else None,
        item,
    )


def _containers(pod: Mapping[str, Any], key: str) -> Iterator[Container]:
    for one in listed(pod, key):
        yield Container(str(one.get("name", "")), str(one.get("image", "")), key == "initContainers")


def by_themselves(workloads: Iterable[Workload]) -> dict[tuple[str, str], Workload]:
    """By kind and name, those that no workload made, and that have not come to their end.

    A Job or Pod that has ended runs nothing any more, and what is being deleted soon does not.
    """
    return {(one.kind, one.name): one for one in workloads if not one.owners and not _ended(one)}


def _ended(workload: Workload) -> bool:
    status = mapping(workload.item.get("status"))
    if mapping(workload.item.get("metadata")).get("deletionTimestamp"):
        return True
    if workload.kind == "Pod":
        return status.get("phase") in ("Succeeded", "Failed")
    done = {one.get("type") for one in listed(status, "conditions") if one.get("status") == "True"}
    return workload.kind == "Job" and bool(done & {"Complete", "Failed"})


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
