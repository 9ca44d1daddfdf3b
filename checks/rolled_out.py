"""`rolled-out`: a Deployment or StatefulSet really runs what its template says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed
from ckslab.matching.matcher import Matcher
from ckslab.matching.mismatch import mismatch
from ckslab.matching.value_path import ValuePath, select
from ckslab.needs.rollout import RolloutNeed, WorkloadKind

RETRIES = (
    "If its cause is mended already: the kubelet tries again by itself, after 10 s at first and after up to 5 "
    "minutes later. A new pod is tried at once."
)


class RolledOutParams(Params):
    """kind, namespace, name: the workload. replicas: how many pods it is to have. match: path -> matcher, of it."""

    kind: WorkloadKind = "Deployment"
    namespace: str = "default"
    name: str
    replicas: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None
    match: dict[ValuePath, Matcher] = Field(default_factory=dict)


class RolledOut(CheckType[RolledOutParams]):
    """All its pods are of the present template, and ready."""

    name = "rolled-out"
    params = RolledOutParams

    def needs(self, params: RolledOutParams) -> Iterable[Need]:
        """The workload, which is waited for while it is on its way."""
        return [_need(params)]

    def expected(self, params: RolledOutParams) -> str:
        """That it runs."""
        pods = "all its pods" if params.replicas is None else f"{params.replicas} pods"
        return f"{params.kind} {params.namespace}/{params.name} has {pods} ready"

    def judge(self, params: RolledOutParams, evidence: Evidence) -> Finding:
        """What keeps it from that, if anything."""
        expected, fact = self.expected(params), evidence.of(_need(params))
        if fact.workload is None or fact.rollout is None:
            return failed(expected, "there is none of that name")
        if wrong := mismatch(fact.workload, params.match):
            return failed(f"{params.kind} {params.name} with {wrong.expected}", wrong.observed)
        replicas = [value for _, value in select(fact.workload, "spec.replicas")]
        if params.replicas is not None and replicas != [params.replicas]:
            return failed(expected, f"spec.replicas: {replicas[0] if replicas else 'not set'}")
        if fact.rollout.words:
            pulled = not any(reason in fact.rollout.words for reason in ("ErrImagePull", "BackOff"))
            return failed(expected, fact.rollout.words, message="" if pulled else RETRIES)
        return passed()


def _need(params: RolledOutParams) -> RolloutNeed:
    return RolloutNeed(params.kind, params.namespace, params.name)
