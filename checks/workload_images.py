"""`workload-images`: every workload of a namespace names its images by digest, by the right ones, and runs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import Field, model_validator

from ckslab.diagnosis.workloads import initial_image, workload_needs, workloads_now, workloads_then
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed, undecided
from ckslab.kubernetes.image_digests import Pin, other_image, read_pin
from ckslab.kubernetes.image_reference import parse_image_reference
from ckslab.kubernetes.running_workloads import ROLLED_OUT, pods_of, rollout_obstacle
from ckslab.kubernetes.workloads import Workload, by_themselves, listed, mapping, read_workload
from ckslab.matching.matcher import shown
from ckslab.needs.initial_store import InitialStoreNeed
from ckslab.needs.running_workloads import RunningWorkloadsNeed
from ckslab.strict import Flag


class WorkloadImagesParams(Params):
    """namespace: of the workloads, each of every kind that runs Pods; and one or more of these.

    by-digest: each container and init container names its image by a whole digest, after a name. same-digest: of
    each that was there at the start it is a digest of the image that its name meant then. running: the Pods of each
    are ready, of the template as it is, and have these images.
    """

    namespace: str = Field(min_length=1, max_length=63)
    by_digest: Flag = False
    same_digest: Flag = False
    running: Flag = False

    @model_validator(mode="after")
    def _says_something(self) -> WorkloadImagesParams:
        if not (self.by_digest or self.same_digest or self.running):
            raise ValueError("asserts nothing: give by-digest, same-digest or running")
        return self


class WorkloadImages(CheckType[WorkloadImagesParams]):
    """Templates decide, not the Pods that somebody changed; which digest is right is known of the lab's start."""

    name = "workload-images"
    params = WorkloadImagesParams

    def needs(self, params: WorkloadImagesParams) -> Iterable[Need]:
        """The workloads, now and at the start; the node's images then; what runs."""
        yield from workload_needs(params.namespace)
        yield InitialStoreNeed()
        if params.running:
            yield RunningWorkloadsNeed(params.namespace)

    def judge(self, params: WorkloadImagesParams, evidence: Evidence) -> Finding:
        """The templates first, then what runs."""
        evidence.ask(self.needs(params))
        then, now = workloads_then(params.namespace, evidence), workloads_now(params.namespace, evidence)
        if not then:
            return undecided(f"there was no workload in the namespace {params.namespace} at the start")
        expected = f"the workloads of the namespace {params.namespace} as they were called at the start"
        if gone := [one.title for key, one in then.items() if key not in now]:
            return failed(expected, f"{', '.join(gone)}: not there")
        finding = passed()
        if params.by_digest:
            finding = _first("every image named by its digest", _by_tag(now.values()))
        if params.same_digest and finding.outcome == "pass":
            wrong = list(_other(then, now, evidence))
            finding = _first("the digest of the image that was named at the start", wrong)
        if params.running and finding.outcome == "pass":
            finding = _running(params.namespace, evidence)
        return finding


def _first(expected: str, wrong: Iterable[str]) -> Finding:
    found = list(wrong)
    if not found:
        return passed()
    more = f"; and {len(found) - 1} more" if len(found) > 1 else ""
    return failed(expected, f"{found[0]}{more}")


def _by_tag(workloads: Iterable[Workload]) -> Iterator[str]:
    """Each container whose image is not named by a name and a digest, with the reason."""
    for workload in workloads:
        for one in workload.containers:
            pin = read_pin(one.image)
            place = f"{workload.title}, {one.title}: {shown(one.image)}"
            if isinstance(pin, str):
                yield f"{place}: {pin}"
            elif not pin.name:
                yield f"{place}: it is an image's ID alone, and a digest stands after a name and @"


def _other(
    then: dict[tuple[str, str], Workload], now: dict[tuple[str, str], Workload], evidence: Evidence
) -> Iterator[str]:
    """Each container of the start that names another image now, with what it names."""
    store = evidence.of(InitialStoreNeed()).images
    for key, workload in then.items():
        has = {one.name: one for one in now[key].containers}
        for one in workload.containers:
            place = f"{workload.title}, {one.title}"
            if one.name not in has:
                yield f"{place}: not there"
                continue
            text = has[one.name].image
            pin = read_pin(text)
            if not isinstance(pin, Pin):
                yield f"{place}: {shown(text)}: {pin}"
            elif _name(one.image) != pin.name:
                yield f"{place}: {shown(text)}: it is named {pin.name or 'nothing'}, and was {_name(one.image)}"
            elif other := other_image(pin, initial_image(one.image, evidence), store):
                yield f"{place}: {shown(text)}: {other}"


def _name(text: str) -> str:
    parsed = parse_image_reference(text)
    return f"{parsed.registry}/{parsed.repository}" if parsed else text


def _running(namespace: str, evidence: Evidence) -> Finding:
    expected = f"every Pod of the workloads in {namespace} ready, with the images of the templates as they are"
    items = evidence.of(RunningWorkloadsNeed(namespace)).items
    there = [read_workload(item, kind) for kind, found in items.items() for item in found]
    workloads = by_themselves(there)
    for key, one in workloads_then(namespace, evidence).items():
        if key not in workloads:
            return failed(expected, f"{one.title}: not there")
    for one in workloads.values():
        if one.kind not in ROLLED_OUT:
            continue
        if found := rollout_obstacle(one, there):
            return failed(expected, f"{one.title}: {found.words}")
        for pod in pods_of(one, there):
            if other := _runs_another(pod, one, evidence):
                return failed(expected, f"{one.title}: {other}")
    return passed()


def _runs_another(pod: Workload, workload: Workload, evidence: Evidence) -> str:
    """What runs in a Pod beside the images of the template, as far as the node knew them; "" if nothing does.

    A status names one of the digests of an image, or its ID.
    """
    images = {one.name: one.image for one in workload.containers}
    store = evidence.of(InitialStoreNeed()).images
    status = mapping(pod.item.get("status"))
    for one in [*listed(status, "initContainerStatuses"), *listed(status, "containerStatuses")]:
        name, digest = str(one.get("name")), str(one.get("imageID", "")).rpartition("@")[2]
        pin = read_pin(images.get(name, ""))
        meant = next((image for image in store if isinstance(pin, Pin) and image.meant_by(pin)), None)
        if meant is not None and digest not in meant.digests | meant.ids:
            return f"Pod {pod.name}, container {name}: {shown(digest[:19])} runs, which is another image"
    return ""
