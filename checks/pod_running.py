"""`pod-running`: an ordinary pod really runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed
from ckslab.kubernetes.pod_state import obstacle
from ckslab.matching.matcher import Matcher
from ckslab.needs.running_pod import RunningPodNeed


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
        """The pod, which is waited for while it is on its way."""
        return [RunningPodNeed(params.namespace, params.name)]

    def expected(self, params: PodRunningParams) -> str:
        """That the pod runs."""
        return f"pod {params.namespace}/{params.name} runs"

    def judge(self, params: PodRunningParams, evidence: Evidence) -> Finding:
        """What keeps it from running, if anything."""
        expected = self.expected(params)
        fact = evidence.of(RunningPodNeed(params.namespace, params.name))
        if fact.pod is None:
            return failed(expected, "there is no such pod")
        if params.image is not None:
            images = _images(fact.pod)
            if not any(not params.image.wrong(image) for image in images):
                return failed(f"{expected} with image {params.image.expectation()}", ", ".join(images))
        seen = obstacle(fact.pod)
        if seen is None:
            return passed()
        return failed(expected, seen.words, message=f"The last event is {fact.event}" if fact.event else "")


def _images(pod: Mapping[str, Any]) -> list[str]:
    spec = pod.get("spec")
    containers = spec.get("containers") if isinstance(spec, Mapping) else None
    found = containers if isinstance(containers, list | tuple) else []
    return [str(each.get("image", "")) for each in found if isinstance(each, Mapping)]
