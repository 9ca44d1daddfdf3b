"""What keeps a workload's Pods from all running what its template has now, and whether that is still under way.

The Pods tell, each by what it is made of and what the kubelet says of it: a status counts whatever has the right
labels, and stays as it is while no controller looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ckslab.kubernetes.image_digests import StoredImage, image_named
from ckslab.kubernetes.pod_state import Obstacle, obstacle
from ckslab.kubernetes.workloads import Workload, ended, leaves, listed, mapping, template_of

ROLLED_OUT = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Pod")
"""Kinds whose Pods run for as long as they are there; a Job's end, and a CronJob's come with the time."""

_PLACES = {"affinity", "hostname", "subdomain", "schedulingGates"}
"""Of a Pod's spec, what controllers and the scheduler write anew: they say where it is, and not what it runs."""

_EXTENDED = {"volumeMounts", "resources", "ports"}
"""Of a container, what admission and defaults add to: the token's mount, limits, the host's ports."""


def pods_of(workload: Workload, all_of_them: Iterable[Workload]) -> list[Workload]:
    """The Pods that it, or what it made, has made, and that run or shall; a Pod is its own.

    One that is being deleted, or has ended, has been replaced by its controller.
    """
    return [pod for pod in _all_pods_of(workload, all_of_them) if not ended(pod)]


def _all_pods_of(workload: Workload, all_of_them: Iterable[Workload]) -> list[Workload]:
    everything = list(all_of_them)
    makers = {workload.uid} | {one.uid for one in everything if one.kind != "Pod" and one.maker == workload.uid}
    pods = [one for one in everything if one.kind == "Pod" and (one.maker in makers or one.uid == workload.uid)]
    return [one for one in pods if not leaves(one)]


def rollout_obstacle(workload: Workload, all_of_them: Iterable[Workload]) -> Obstacle | None:
    """What is in the way of a kind of ROLLED_OUT; None where it has as many Pods as it wants, each ready and of the
    template.

    A Pod of the template that cannot run is told before one of a former template that still does.
    """
    everything = list(all_of_them)
    pods, wanted = pods_of(workload, everything), _wanted(workload)
    if wanted == 0 and workload.kind != "DaemonSet":
        still = f", and Pod {pods[0].name} still runs" if pods else ""
        return Obstacle(f"it is scaled to 0{still}", passing=bool(pods))
    current = [pod for pod in pods if made_of_template(pod, workload)]
    troubled = [(pod, found) for pod in current if (found := obstacle(pod.item))]
    troubled.sort(key=lambda one: one[1].passing)  # what does not pass by itself first
    for pod, found in troubled:
        return Obstacle(f"Pod {pod.name}: {found.words}", found.passing)
    if len(current) < wanted and (cause := _cannot_make_pods(workload)):
        return Obstacle(f"it has {len(current)} of {wanted} Pods: {cause}")
    if former := [pod for pod in pods if pod not in current]:
        words = f"Pod {former[0].name} is not of its present template"
        paused = mapping(workload.item.get("spec")).get("paused") is True
        return Obstacle(f"its rollout is paused: {words}" if paused else words, passing=not paused)
    if len(current) != wanted:
        gone = [pod for pod in _all_pods_of(workload, everything) if ended(pod)]
        found = obstacle(gone[-1].item) if gone else None
        why = f": Pod {gone[-1].name}: {found.words}" if found else ""
        return Obstacle(f"it has {len(current)} of {wanted} Pods{why}", passing=True)
    return _not_seen(workload)


def made_of_template(pod: Workload, workload: Workload) -> bool:
    """Whether a Pod is what the template says, and no other that was given its labels or another image.

    Admission and controllers add to a Pod; its containers are those of the template and no more.
    """
    if pod.uid == workload.uid:
        return True
    (metadata, spec), (has_metadata, has) = template_of(workload), template_of(pod)
    marks = all(_says(has_metadata.get(key), metadata.get(key)) for key in ("labels", "annotations"))
    return marks and all(
        _same_containers(has, spec, key) if key in ("containers", "initContainers") else _says(has.get(key), value)
        for key, value in {"initContainers": [], **spec}.items()
        if key not in _PLACES
    )


def _same_containers(has: Mapping[str, Any], wants: Mapping[str, Any], key: str) -> bool:
    there, wanted = listed(has, key), listed(wants, key)
    return len(there) == len(wanted) and all(map(_same_container, there, wanted))


def _same_container(has: Mapping[str, Any], wants: Mapping[str, Any]) -> bool:
    for key in {*has, *wants} - {"imagePullPolicy"}:
        same = _says(has.get(key), wants.get(key)) if key in _EXTENDED else has.get(key) == wants.get(key)
        if not same:
            return False
    # AlwaysPullImages makes Always of any
    return has.get("imagePullPolicy") in (wants.get("imagePullPolicy"), "Always")


def _says(has: Any, wants: Any) -> bool:
    """Whether a value holds all of another one: keys of mappings, entries of lists."""
    if isinstance(wants, Mapping):
        return isinstance(has, Mapping) and all(_says(has.get(key), value) for key, value in wants.items())
    if isinstance(wants, list | tuple):
        there = has if isinstance(has, list | tuple) else ()
        return all(any(_says(one, each) for one in there) for each in wants)
    return wants is None or bool(has == wants)


def _cannot_make_pods(workload: Workload) -> str:
    """Why its ReplicaSet makes no Pods, where a Deployment says it."""
    conditions = listed(mapping(workload.item.get("status")), "conditions")
    return next((str(one.get("message")) for one in conditions if one.get("type") == "ReplicaFailure"), "")


def _not_seen(workload: Workload) -> Obstacle | None:
    made = mapping(workload.item.get("metadata")).get("generation")
    seen = mapping(workload.item.get("status")).get("observedGeneration")
    if workload.kind != "Pod" and isinstance(made, int) and _number(seen) < made:
        return Obstacle("its controller has not looked at it", passing=True)
    return None


def unavailable(workload: Workload) -> Obstacle | None:
    """Whether a Deployment or StatefulSet lacks Pods that count as available, as `kubectl rollout status` asks."""
    spec, status = mapping(workload.item.get("spec")), mapping(workload.item.get("status"))
    available, wanted = _number(status.get("availableReplicas")), _wanted(workload)
    if available >= wanted:
        return None
    after = _number(spec.get("minReadySeconds"))
    why = f": a pod is available when it has been ready for {after} s (minReadySeconds)" if after else ""
    return Obstacle(f"{available} of {wanted} pods are available{why}", passing=True)


def runs_another_image(pod: Workload, workload: Workload, store: Iterable[StoredImage]) -> str:
    """What runs in a Pod beside the images that the template names, as the node's store knew them; "" if nothing.

    A status names one of the digests of an image, or its ID (see `ckslab.needs.real_images`). What the store did
    not have cannot be told.
    """
    images, known = {one.name: one.image for one in workload.containers}, list(store)
    for name, digest in running_digests(pod):
        meant = image_named(images.get(name, ""), known)
        if meant is not None and not meant.has(digest):
            return (
                f"Pod {pod.name}, container {name}: {digest[:19]} runs, which is another image than {images[name]}"
            )
    return ""


def running_digests(pod: Workload) -> list[tuple[str, str]]:
    """Name and digest, or ID, of the image of each container of a Pod that has one."""
    status = mapping(pod.item.get("status"))
    keys = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
    return [
        (str(one.get("name")), str(one.get("imageID")).rpartition("@")[2])
        for key in keys
        for one in listed(status, key)
        if one.get("imageID")
    ]


def _wanted(workload: Workload) -> int:
    if workload.kind == "DaemonSet":
        return _number(mapping(workload.item.get("status")).get("desiredNumberScheduled"))
    return 1 if workload.replicas is None else workload.replicas


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
