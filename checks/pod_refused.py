"""`pod-refused`: a pod that is there and does not start, for a reason that is asked for."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed
from ckslab.kubernetes.pod_state import obstacle
from ckslab.matching.matcher import Matcher
from ckslab.matching.mismatch import mismatch
from ckslab.matching.value_path import ValuePath, select
from ckslab.needs.running_pod import RunningPodNeed


class PodRefusedParams(Params):
    """namespace, name: the pod. reasons: why one of its containers waits. match: path -> matcher, of the pod."""

    namespace: str = "default"
    name: str
    reasons: tuple[str, ...] = Field(min_length=1)
    match: dict[ValuePath, Matcher] = Field(default_factory=dict)


class PodRefused(CheckType[PodRefusedParams]):
    """A container waits, and its status says one of these reasons; a pod on its way is waited for."""

    name = "pod-refused"
    params = PodRefusedParams

    def needs(self, params: PodRefusedParams) -> Iterable[Need]:
        """The pod, once it has stopped changing by itself."""
        return [RunningPodNeed(params.namespace, params.name)]

    def expected(self, params: PodRefusedParams) -> str:
        """That it waits."""
        return f"pod {params.namespace}/{params.name} waits: {' or '.join(params.reasons)}"

    def judge(self, params: PodRefusedParams, evidence: Evidence) -> Finding:
        """What it does instead, if anything."""
        expected = self.expected(params)
        pod = evidence.of(RunningPodNeed(params.namespace, params.name)).pod
        if pod is None:
            return failed(expected, "there is no such pod")
        if wrong := mismatch(pod, params.match):
            return failed(f"pod {params.name} with {wrong.expected}", wrong.observed)
        statuses = [status for _, status in select(pod, "status.containerStatuses[*].state.waiting.reason")]
        statuses += [status for _, status in select(pod, "status.initContainerStatuses[*].state.waiting.reason")]
        if any(reason in params.reasons for reason in statuses):
            return passed()
        seen = obstacle(pod)
        return failed(expected, "it runs" if seen is None else seen.words)
