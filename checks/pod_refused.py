"""`pod-refused`: a pod that is there and does not start, for a reason that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from ckslab.diagnosis.workloads import initial_image
from ckslab.errors import few
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed
from ckslab.kubernetes.image_digests import another_image
from ckslab.kubernetes.pod_state import obstacle
from ckslab.kubernetes.workloads import listed, mapping, read_workload
from ckslab.matching.matcher import MISSING, Matcher
from ckslab.matching.mismatch import mismatch
from ckslab.matching.value_path import ValuePath
from ckslab.needs.initial_store import InitialStoreNeed
from ckslab.needs.running_pod import RunningPodNeed


class PodRefusedParams(Params):
    """namespace, name: the pod. image: of the node's store, by its name; message: what the kubelet says.

    reasons: why a container with that image (without `image`: any) waits. match: path -> matcher, of the pod.
    """

    namespace: str = "default"
    name: str
    reasons: tuple[str, ...] = Field(min_length=1)
    image: str | None = None
    message: Matcher | None = None
    match: dict[ValuePath, Matcher] = Field(default_factory=dict)


class PodRefused(CheckType[PodRefusedParams]):
    """A container waits, and its status says one of these reasons; a pod on its way is waited for."""

    name = "pod-refused"
    params = PodRefusedParams

    def needs(self, params: PodRefusedParams) -> Iterable[Need]:
        """The pod, once it has stopped changing by itself, and what its image is."""
        yield RunningPodNeed(params.namespace, params.name)
        if params.image is not None:
            yield InitialStoreNeed()

    def expected(self, params: PodRefusedParams) -> str:
        """That it waits."""
        what = f"pod {params.namespace}/{params.name}"
        image = f", its container with the image {params.image}," if params.image else ""
        return f"{what}{image} waits: {' or '.join(params.reasons)}"

    def judge(self, params: PodRefusedParams, evidence: Evidence) -> Finding:
        """What it does instead, if anything."""
        expected = self.expected(params)
        pod = evidence.of(RunningPodNeed(params.namespace, params.name)).pod
        if pod is None:
            return failed(expected, "there is no such pod")
        if mapping(pod.get("metadata")).get("deletionTimestamp"):
            return failed(expected, "it is being deleted")
        if wrong := mismatch(pod, params.match):
            return failed(f"pod {params.name} with {wrong.expected}", wrong.observed)
        if not mapping(pod.get("spec")).get("nodeName"):
            return failed(expected, "it is on no node, where a kubelet could refuse it")
        containers = read_workload(pod, "Pod").containers
        asked = [one.name for one in containers if params.image is None or _is(one.image, params.image, evidence)]
        if not asked:
            return failed(expected, f"its images are {few([one.image for one in containers])}")
        for name in asked:
            waiting = _waiting(pod, name)
            if waiting.get("reason") in params.reasons:
                if params.message is None or not params.message.wrong(waiting.get("message", MISSING)):
                    return passed()
                said = f"{expected}, and the kubelet's message is {params.message.expectation()}"
                return failed(said, f"container {name} waits: {waiting.get('reason')} ({waiting.get('message')})")
        seen = obstacle(pod)
        return failed(expected, "it runs" if seen is None else seen.words)


def _waiting(pod: Mapping[str, Any], container: str) -> Mapping[str, Any]:
    """The state of a container that waits, empty where it does not."""
    status = mapping(pod.get("status"))
    for one in (*listed(status, "initContainerStatuses"), *listed(status, "containerStatuses")):
        if one.get("name") == container:
            return mapping(mapping(one.get("state")).get("waiting"))
    return {}


def _is(text: str, image: str, evidence: Evidence) -> bool:
    """Whether an `image:` is that image under its name, by a tag or by a digest that it had at the start."""
    if text == image:
        return True
    return not another_image(text, image, initial_image(image, evidence), evidence.of(InitialStoreNeed()).images)
