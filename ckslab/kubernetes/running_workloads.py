"""What keeps a workload's Pods from all running what its template has now, and whether that is still under way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ckslab.kubernetes.pod_state import Obstacle, obstacle
from ckslab.kubernetes.workloads import Workload, mapping

ROLLED_OUT = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Pod")
"""Kinds whose Pods run for as long as they are there; a Job's end, and a CronJob's come with the time."""


def pods_of(workload: Workload, all_of_them: Iterable[Workload]) -> list[Workload]:
    """The Pods that it, or what it made, has made, and that are not being deleted; a Pod is its own."""
    found, everything = {workload.uid}, list(all_of_them)
    found |= {one.uid for one in everything if one.kind != "Pod" and one.owners & found}
    pods = [one for one in everything if one.kind == "Pod" and (one.owners & found or one.uid == workload.uid)]
    return [one for one in pods if not mapping(one.item.get("metadata")).get("deletionTimestamp")]


def rollout_obstacle(workload: Workload, all_of_them: Iterable[Workload]) -> Obstacle | None:
    """What is in the way of a kind of ROLLED_OUT; None where all its Pods are ready and have the template's images.

    A Pod of the template that cannot run is told before one of a former template that still does.
    """
    if found := _of_its_own(workload):
        return found
    pods = pods_of(workload, all_of_them)
    current = [pod for pod in pods if has_images_of(pod, workload)]
    troubled = [(pod, found) for pod in current if (found := obstacle(pod.item))]
    troubled.sort(key=lambda one: one[1].passing)  # what does not pass by itself first
    for pod, found in troubled:
        return Obstacle(f"Pod {pod.name}: {found.words}", found.passing)
    former = [pod for pod in pods if pod not in current]
    if former:
        return Obstacle(f"Pod {former[0].name} is still of a former template", passing=True)
    wanted = _wanted(workload)
    if len(current) < wanted:
        return Obstacle(f"it has {len(current)} of {wanted} Pods", passing=True)
    return None


def _of_its_own(workload: Workload) -> Obstacle | None:
    """What its own fields say."""
    spec, status = mapping(workload.item.get("spec")), mapping(workload.item.get("status"))
    if spec.get("paused") is True:
        return Obstacle("its rollout is paused")
    if workload.replicas == 0:
        return Obstacle("it is scaled to 0")
    made = mapping(workload.item.get("metadata")).get("generation")
    if workload.kind != "Pod" and isinstance(made, int) and _number(status.get("observedGeneration")) < made:
        return Obstacle("its controller has not looked at it", passing=True)
    return None


def has_images_of(pod: Workload, workload: Workload) -> bool:
    """Whether a Pod has each container of a template with its image."""
    return set(workload.containers) <= set(pod.containers)


def _wanted(workload: Workload) -> int:
    if workload.kind == "DaemonSet":
        return _number(mapping(workload.item.get("status")).get("desiredNumberScheduled"))
    return 1 if workload.replicas is None else workload.replicas


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
