"""`pod-running`: an ordinary pod really runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed
from ckslab.matching.matcher import Matcher
from ckslab.needs.objects import ObjectNeed


class PodRunningParams(Params):
    """namespace, name: the pod. image: what one of its containers runs, as the spec names it."""

    namespace: str = "default"
    name: str
    image: Matcher | None = None


class PodRunning(CheckType[PodRunningParams]):
    """Phase Running with every container ready."""

    name = "pod-running"
    params = PodRunningParams

    def needs(self, params: PodRunningParams) -> Iterable[Need]:
        """The pod."""
        return [_need(params)]

    def expected(self, params: PodRunningParams) -> str:
        """That the pod runs."""
        return f"pod {params.namespace}/{params.name} runs"

    def judge(self, params: PodRunningParams, evidence: Evidence) -> Finding:
        """What keeps it from running, if anything."""
        expected = self.expected(params)
        items = evidence.of(_need(params)).items
        if not items:
            return failed(expected, "there is no such pod")
        pod = items[0]
        if params.image is not None:
            images = [str(each.get("image", "")) for each in _list(pod, "spec", "containers")]
            if not any(not params.image.wrong(image) for image in images):
                return failed(f"{expected} with image {params.image.expectation()}", ", ".join(images))
        seen = _obstacle(pod)
        return failed(expected, seen) if seen else passed()


def _need(params: PodRunningParams) -> ObjectNeed:
    return ObjectNeed("v1", "Pod", params.namespace, params.name)


def _obstacle(pod: Mapping[str, Any]) -> str:
    metadata, status = _mapping(pod.get("metadata")), _mapping(pod.get("status"))
    if metadata.get("deletionTimestamp"):
        return "it is being deleted"
    for container in _list(pod, "status", "initContainerStatuses") + _list(pod, "status", "containerStatuses"):
        waiting = _mapping(_mapping(container.get("state")).get("waiting"))
        if waiting.get("reason"):
            detail = f" ({waiting['message']})" if waiting.get("message") else ""
            return f"container {container.get('name')} waits: {waiting['reason']}{detail}"
    if status.get("phase") != "Running":
        return f"its phase is {status.get('phase', 'not known')}"
    statuses = _list(pod, "status", "containerStatuses")
    unready = [str(each.get("name")) for each in statuses if each.get("ready") is not True]
    if unready or not statuses:
        return f"not ready: {', '.join(unready) or 'no container has started'}"
    return ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(item: Mapping[str, Any], group: str, key: str) -> list[Mapping[str, Any]]:
    found = _mapping(item.get(group)).get(key)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list | tuple) else []
