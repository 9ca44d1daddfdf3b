"""How far a Deployment or StatefulSet (apps/v1) has come with what its template says now, by its status.

A Deployment is done as `kubectl rollout status` counts it (kubectl/pkg/polymorphichelpers/rollout_status.go).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckslab.kubernetes.pod_state import obstacle

_TEMPLATE = "pod-template-hash"


@dataclass(frozen=True, slots=True)
class Rollout:
    """words: what is missing, "" where it is done. passing: it may yet be done, without anybody doing anything."""

    words: str = ""
    passing: bool = False


def rollout(workload: Mapping[str, Any], pods: Sequence[Mapping[str, Any]]) -> Rollout:
    """How far it has come; pods: those of its present template."""
    spec, status = _mapping(workload, "spec"), _mapping(workload, "status")
    replicas = _count(spec, "replicas", 1)
    if replicas == 0:
        return Rollout("it is scaled to 0 pods")
    if _count(status, "observedGeneration") < _count(_mapping(workload, "metadata"), "generation"):
        return Rollout("its controller has not seen the last change", passing=True)
    updated, ready = _count(status, "updatedReplicas"), _count(status, "readyReplicas")
    counted = [updated, ready, _count(status, "availableReplicas"), _count(status, "replicas")]
    if all(count == replicas for count in counted):
        return Rollout()
    if spec.get("paused") is True:
        return Rollout("its rollout is paused")
    seen = [found for pod in pods if not _going(pod) and (found := obstacle(pod)) is not None]
    stuck = next((one for one in seen if not one.passing), None)
    words = f"{min(updated, ready)} of {replicas} pods are of the present template and ready"
    if one := stuck or next(iter(seen), None):
        return Rollout(f"{words}: {one.words}", passing=stuck is None)
    if cause := _cannot_make_pods(status):
        return Rollout(f"{words}: {cause}")
    return Rollout(words, passing=True)


def of_present_template(
    workload: Mapping[str, Any], replica_sets: Sequence[Mapping[str, Any]], pods: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The pods that were made of what the template says now; replica_sets: those of a Deployment's selector."""
    label, value = _mark(workload, replica_sets)
    return [pod for pod in pods if value and _mapping(_mapping(pod, "metadata"), "labels").get(label) == value]


def _mark(workload: Mapping[str, Any], replica_sets: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """The label of such a pod; "" as its value where nobody has made one yet."""
    if workload.get("kind") != "Deployment":
        return "controller-revision-hash", str(_mapping(workload, "status").get("updateRevision", ""))
    uid = _mapping(workload, "metadata").get("uid")
    own = [one for one in replica_sets if any(owner.get("uid") == uid for owner in _owners(one))]
    newest = max(own, key=_revision, default={})
    return _TEMPLATE, str(_mapping(_mapping(newest, "metadata"), "labels").get(_TEMPLATE, ""))


def _owners(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = _mapping(value, "metadata").get("ownerReferences")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else []


def _revision(replica_set: Mapping[str, Any]) -> int:
    text = _mapping(_mapping(replica_set, "metadata"), "annotations").get("deployment.kubernetes.io/revision", "")
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else -1


def _cannot_make_pods(status: Mapping[str, Any]) -> str:
    """Why its ReplicaSet makes no pods, where a Deployment says it."""
    found = status.get("conditions")
    for condition in found if isinstance(found, list | tuple) else ():
        if isinstance(condition, Mapping) and condition.get("type") == "ReplicaFailure":
            return str(condition.get("message", ""))
    return ""


def _going(pod: Mapping[str, Any]) -> bool:
    return bool(_mapping(pod, "metadata").get("deletionTimestamp"))


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def _count(value: Mapping[str, Any], key: str, default: int = 0) -> int:
    found = value.get(key, default)
    return found if isinstance(found, int) and not isinstance(found, bool) else default
