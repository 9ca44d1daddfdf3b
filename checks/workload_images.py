"""`workload-images`: every workload of a namespace names its images by digest, by the right ones, and runs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import Field, model_validator

from ckslab.diagnosis.workloads import initial_image, workload_needs, workloads_now, workloads_then
from ckslab.errors import few
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed, undecided
from ckslab.kubernetes.image_digests import another_image, image_named, read_pin
from ckslab.kubernetes.running_workloads import (
    ROLLED_OUT,
    pods_of,
    rollout_obstacle,
    running_digests,
    runs_another_image,
)
from ckslab.kubernetes.workloads import Workload, by_themselves, read_workload, soon_gone
from ckslab.matching.matcher import shown
from ckslab.needs.initial_store import InitialStoreNeed
from ckslab.needs.running_workloads import RunningWorkloadsNeed
from ckslab.strict import Flag


class WorkloadImagesParams(Params):
    """namespace: of the workloads, each of every kind that runs Pods; and one or more of these.

    by-digest: each container and init container names its image by a whole digest, after a name. same-digest: of
    each that was there at the start it is a digest of the image that its name meant then. running: the Pods of each
    are ready, of the template as it is, and have these images. runs-none: images, as they were named at the start,
    of which no Pod of the namespace has one, whoever made it.
    """

    namespace: str = Field(min_length=1, max_length=63)
    by_digest: Flag = False
    same_digest: Flag = False
    running: Flag = False
    runs_none: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> WorkloadImagesParams:
        if not (self.of_templates or self.runs_none):
            raise ValueError("asserts nothing: give by-digest, same-digest, running or runs-none")
        return self

    @property
    def of_templates(self) -> bool:
        """Whether it says anything of the workloads themselves."""
        return self.by_digest or self.same_digest or self.running


class WorkloadImages(CheckType[WorkloadImagesParams]):
    """Templates decide, not the Pods that somebody changed; which digest is right is known of the lab's start."""

    name = "workload-images"
    params = WorkloadImagesParams

    def needs(self, params: WorkloadImagesParams) -> Iterable[Need]:
        """The workloads, now and at the start; the node's images then; what runs."""
        if params.of_templates:
            yield from workload_needs(params.namespace)
        yield InitialStoreNeed()
        if params.running or params.runs_none:
            yield RunningWorkloadsNeed(params.namespace)

    def judge(self, params: WorkloadImagesParams, evidence: Evidence) -> Finding:
        """The templates first, then what runs."""
        evidence.ask(self.needs(params))
        finding = _of_templates(params, evidence) if params.of_templates else passed()
        if params.runs_none and finding.outcome == "pass":
            finding = _first(f"no Pod in {params.namespace} with {few(params.runs_none)}", _still(params, evidence))
        return finding


def _of_templates(params: WorkloadImagesParams, evidence: Evidence) -> Finding:
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
            if isinstance(pin := read_pin(text), str):
                yield f"{place}: {shown(text)}: {pin}"
            elif other := another_image(text, one.image, initial_image(one.image, evidence), store):
                yield f"{place}: {shown(text)}: {other}"


def _running(namespace: str, evidence: Evidence) -> Finding:
    expected = f"every Pod of the workloads in {namespace} ready, with the images of the templates as they are"
    items = evidence.of(RunningWorkloadsNeed(namespace)).items
    there = [read_workload(item, kind) for kind, found in items.items() for item in found]
    workloads = by_themselves(there)
    then = workloads_then(namespace, evidence)
    for key, one in then.items():
        if key not in workloads:
            return failed(expected, f"{one.title}: not there")
    store = evidence.of(InitialStoreNeed()).images
    for key, one in workloads.items():
        if one.kind not in ROLLED_OUT or (one.replicas == 0 and key not in then and not list(pods_of(one, there))):
            continue  # one of the learner's own may be scaled to nothing
        if found := rollout_obstacle(one, there):
            return failed(expected, f"{one.title}: {found.words}")
        for pod in pods_of(one, there):
            if other := runs_another_image(pod, one, store):
                return failed(expected, f"{one.title}: {other}")
    return passed()


def _still(params: WorkloadImagesParams, evidence: Evidence) -> Iterator[str]:
    """Each Pod that has one of the images that none shall have, by whatever name or digest."""
    store = evidence.of(InitialStoreNeed()).images
    unwanted = [initial_image(text, evidence) for text in params.runs_none]
    for item in evidence.of(RunningWorkloadsNeed(params.namespace)).items["Pod"]:
        pod = read_workload(item, "Pod")
        if soon_gone(pod):
            continue
        named = [(one.name, image_named(one.image, store)) for one in pod.containers]
        runs = [(name, image) for name, digest in running_digests(pod) for image in unwanted if image.has(digest)]
        for name, image in (*named, *runs):
            if image in unwanted:
                yield f"Pod {pod.name}, container {name}: it has {image.title}"
                break
