"""What keeps a Pod from running, in the words of its status, and whether that is still under way (v1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_STARTING = ("ContainerCreating", "PodInitializing")
"""Reasons of a container that waits for nothing but its turn (pkg/kubelet/kubelet_pods.go, v1.35)."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a Pod does not run. passing: it may yet, without anybody doing anything."""

    words: str
    passing: bool = False

    def of(self, title: str) -> Obstacle:
        """The same, said of what is called so."""
        return Obstacle(f"{title}: {self.words}", self.passing)


def obstacle(pod: Mapping[str, Any]) -> Obstacle | None:
    """What keeps the Pod from running and being ready, with every container; None if it is."""
    metadata, status = _mapping(pod.get("metadata")), _mapping(pod.get("status"))
    if metadata.get("deletionTimestamp"):
        return Obstacle("it is being deleted", passing=True)
    phase = status.get("phase", "not known")
    if phase in ("Succeeded", "Failed"):
        detail = ": ".join(str(status[key]) for key in ("reason", "message") if status.get(key))
        return Obstacle(f"its phase is {phase}" + (f" ({detail})" if detail else ""))
    for container in [*_list(status, "initContainerStatuses"), *_list(status, "containerStatuses")]:
        waiting = _mapping(_mapping(container.get("state")).get("waiting"))
        reason = waiting.get("reason")
        if reason:
            detail = f" ({waiting['message']})" if waiting.get("message") else ""
            words = f"container {container.get('name')} waits: {reason}{detail}"
            return Obstacle(words, passing=reason in _STARTING)
    if phase != "Running":
        return Obstacle(f"its phase is {phase}: {_unscheduled(status)}", passing=True)
    statuses = _list(status, "containerStatuses")
    unready = [str(each.get("name")) for each in statuses if each.get("ready") is not True]
    if unready or not statuses:
        return Obstacle(f"not ready: {', '.join(unready) or 'no container has started'}", passing=True)
    ready = next((one for one in _list(status, "conditions") if one.get("type") == "Ready"), {"status": "True"})
    if ready.get("status") != "True":  # its containers all are, and a readiness gate or the node keeps it from it
        words = f"its condition Ready is {ready.get('status')}"
        return Obstacle(f"{words}: {ready.get('message') or ready.get('reason')}", passing=True)
    return None


def _unscheduled(status: Mapping[str, Any]) -> str:
    """How far a Pod without containers has come."""
    for condition in _list(status, "conditions"):
        if condition.get("type") == "PodScheduled":
            if condition.get("status") == "True":
                return "it has a node, and the kubelet has not started it"
            return (
                f"PodScheduled is {condition.get('status')}: {condition.get('message') or condition.get('reason')}"
            )
    return "no scheduler has looked at it (PodScheduled is not set)"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(item: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = item.get(key)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list | tuple) else []
