"""Pods with the images that their containers really have, whatever names these were given since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ckslab.kubernetes.workloads import listed, mapping

if TYPE_CHECKING:
    from ckslab.cluster.backend import Node

_STATUSES = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


class RealImages:
    """Of the containers of a node, which is asked once, and where there is a Pod at all."""

    def __init__(self, node: Node) -> None:
        self._node = node

    @cached_property
    def _ids(self) -> Mapping[str, str]:
        from ckslab.cluster.node.running_images import image_ids

        return image_ids(self._node)

    def of(self, pods: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
        """The Pods, each container's imageID being what the node's runtime says; LabError when it does not answer.

        A container that the runtime does not know, such as one of another node, is as its status says.
        """
        return tuple({**pod, "status": self._status(mapping(pod.get("status")))} for pod in pods)

    def _status(self, status: Mapping[str, Any]) -> Mapping[str, Any]:
        real = {key: [self._container(one) for one in listed(status, key)] for key in _STATUSES if key in status}
        return {**status, **real}

    def _container(self, container: Mapping[str, Any]) -> Mapping[str, Any]:
        runtime, _, name = str(container.get("containerID", "")).partition("://")
        known = self._ids.get(name) if runtime and name else None
        return {**container, "imageID": known} if known else container
