"""`rolled-out`: a Deployment or StatefulSet really runs what its template says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from ckslab.diagnosis.workloads import initial_image
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed
from ckslab.kubernetes.image_digests import Pin, StoredImage, another_image, other_image, read_pin
from ckslab.kubernetes.running_workloads import runs_another_image
from ckslab.kubernetes.workloads import Workload, read_workload
from ckslab.matching.matcher import Matcher, shown
from ckslab.matching.mismatch import mismatch
from ckslab.matching.value_path import ValuePath
from ckslab.needs.initial_store import InitialStoreNeed
from ckslab.needs.rollout import RolloutNeed, WorkloadKind

RETRIES = (
    "If its cause is mended already: the kubelet tries again by itself, after 10 s at first and after up to 5 "
    "minutes later. A new pod is tried at once."
)


class RolledOutParams(Params):
    """kind, namespace, name: the workload. replicas: how many pods it is to have. match: path -> matcher, of it.

    images, init-images: of all its containers, and of all its init containers, whatever these are called: each has
    the image that one of these names meant at the start.
    """

    kind: WorkloadKind = "Deployment"
    namespace: str = "default"
    name: str
    replicas: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None
    match: dict[ValuePath, Matcher] = Field(default_factory=dict)
    images: tuple[str, ...] = ()
    init_images: tuple[str, ...] = ()


class RolledOut(CheckType[RolledOutParams]):
    """It has as many pods as it wants, each made of the present template, ready, and with the images of that."""

    name = "rolled-out"
    params = RolledOutParams

    def needs(self, params: RolledOutParams) -> Iterable[Need]:
        """The workload, which is waited for while it is on its way; the node's images at the start."""
        return [_need(params), InitialStoreNeed()]

    def expected(self, params: RolledOutParams) -> str:
        """That it runs."""
        pods = "all its pods" if params.replicas is None else f"{params.replicas} pods"
        return f"{params.kind} {params.namespace}/{params.name} has {pods} ready"

    def judge(self, params: RolledOutParams, evidence: Evidence) -> Finding:
        """What keeps it from that, if anything."""
        expected, fact = self.expected(params), evidence.of(_need(params))
        if fact.workload is None:
            return failed(expected, "there is none of that name")
        if wrong := mismatch(fact.workload, params.match):
            return failed(f"{params.kind} {params.name} with {wrong.expected}", wrong.observed)
        workload = read_workload(fact.workload, params.kind)
        named = params.images or params.init_images
        if named and (other := _other_images(workload, params, evidence)):
            return failed(f"{params.kind} {params.name} with the same images", other)
        if params.replicas is not None and workload.replicas != params.replicas:
            return failed(
                expected, f"spec.replicas: {'not set' if workload.replicas is None else workload.replicas}"
            )
        if fact.obstacle:
            words = fact.obstacle.words
            pulled = not any(reason in words for reason in ("ErrImagePull", "BackOff"))
            return failed(expected, words, message="" if pulled else RETRIES)
        store = evidence.of(InitialStoreNeed()).images
        others = (runs_another_image(pod, workload, store) for pod in fact.pods)
        return next((failed(expected, other) for other in others if other), passed())


def _other_images(workload: Workload, params: RolledOutParams, evidence: Evidence) -> str:
    """Which container of the template has another image than one of those; "" where none has."""
    store = evidence.of(InitialStoreNeed()).images
    for init, names in ((True, params.init_images), (False, params.images)):
        left = [one for one in workload.containers if one.init == init]
        for name in names:
            right = initial_image(name, evidence)
            wrong = [_other(one.image, name, right, store) for one in left]
            if "" in wrong:
                del left[wrong.index("")]
            elif left:
                return f"{left[0].title}: {shown(left[0].image)}: {wrong[0]}"
            else:
                return f"no {'init container' if init else 'container'} has the image {name}"
        if left:
            return f"{left[0].title}: it was not there"
    return ""


def _other(text: str, name: str, right: StoredImage, store: tuple[StoredImage, ...]) -> str:
    """An image's ID has no name that could be another one."""
    pin = read_pin(text)
    if isinstance(pin, Pin) and not pin.name:
        return other_image(pin, right, store)
    return another_image(text, name, right, store)


def _need(params: RolledOutParams) -> RolloutNeed:
    return RolloutNeed(params.kind, params.namespace, params.name)
