"""Pods with the images that their containers really have, whatever names these were given since."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ckslab.kubernetes.workloads import listed, mapping

if TYPE_CHECKING:
    from ckslab.cluster.backend import Node

_STATUSES = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


def with_real_images(pods: Collection[Mapping[str, Any]], node: Node) -> tuple[Mapping[str, Any], ...]:
    """The Pods, each container's imageID being what the node's containerd says; LabError when it does not answer.

    A container that it does not know, such as one of another node, is as its status says.
    """
    from ckslab.control_plane.containers import image_ids

    statuses = (mapping(pod.get("status")) for pod in pods)
    ids = image_ids(node, [_id(one) for status in statuses for key in _STATUSES for one in listed(status, key)])
    return tuple({**pod, "status": _status(mapping(pod.get("status")), ids)} for pod in pods)


def _status(status: Mapping[str, Any], ids: Mapping[str, str]) -> Mapping[str, Any]:
    real = {key: [_real(one, ids) for one in listed(status, key)] for key in _STATUSES if key in status}
    return {**status, **real}


def _real(container: Mapping[str, Any], ids: Mapping[str, str]) -> Mapping[str, Any]:
    known = ids.get(_id(container))
    return {**container, "imageID": known} if known else container


def _id(container: Mapping[str, Any]) -> str:
    """Of its last run, without the runtime's name before it."""
    return str(container.get("containerID", "")).rpartition("://")[2]
