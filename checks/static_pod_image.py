"""`static-pod-image`: by which digest a static pod's manifest names its image, and whether that is what runs."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import model_validator

from ckslab.diagnosis.api_down import api_down
from ckslab.diagnosis.node_files import load_pod
from ckslab.diagnosis.running_server import RESTART, other_manifest
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed, undecided
from ckslab.kubernetes.image_digests import Pin, StoredImage, other_image, read_pin
from ckslab.kubernetes.image_reference import parse_image_reference
from ckslab.kubernetes.static_pod.manifest import API_SERVER, MANIFESTS, PodProblem, StaticPod
from ckslab.kubernetes.v1_35.container_hash import container_hash
from ckslab.matching.matcher import shown
from ckslab.needs.api_server import ApiServerFact, ApiServerNeed
from ckslab.needs.files import FolderNeed
from ckslab.needs.initial_image import InitialImageFact, InitialImageNeed
from ckslab.needs.running_container import RunningContainersNeed
from ckslab.strict import Flag

_NOT_STARTED = "The kubelet has not started it from this manifest."


class StaticPodImageParams(Params):
    """pod: the static pod, whose main container is meant; and one or more of these.

    by-digest: the manifest names the image by a whole digest, after its name or as the image's ID. name: the name
    before the digest, without tag. same-digest: the digest is one of the image that the pod had at the start.
    running: what runs is that image, in a container that was made for the manifest as it is.
    """

    pod: str
    by_digest: Flag = False
    name: str | None = None
    same_digest: Flag = False
    running: Flag = False

    @model_validator(mode="after")
    def _says_something(self) -> StaticPodImageParams:
        if not (self.by_digest or self.same_digest or self.running):
            raise ValueError("asserts nothing: give by-digest, same-digest or running")
        if self.name is not None and not self.by_digest:
            raise ValueError("name: goes with by-digest")
        if self.name is not None and _whole_name(self.name) is None:
            raise ValueError("name: an image's name without tag and digest")
        return self


class StaticPodImage(CheckType[StaticPodImageParams]):
    """The digests of an image are several, and which they are is known of the lab's start, not of its scenario."""

    name = "static-pod-image"
    params = StaticPodImageParams

    def needs(self, params: StaticPodImageParams) -> Iterable[Need]:
        """The manifests; the image at the start; what runs."""
        yield FolderNeed(MANIFESTS)
        if params.same_digest or params.running:
            yield InitialImageNeed(params.pod)
        if params.running:
            yield RunningContainersNeed(params.pod)
            if params.pod == API_SERVER:
                yield ApiServerNeed()

    def judge(self, params: StaticPodImageParams, evidence: Evidence) -> Finding:
        """The manifest first, then what runs."""
        try:
            pod = load_pod(evidence, params.pod)
        except PodProblem as problem:
            where = Where(problem.path, problem.line)
            return failed(f"one manifest with a pod named {params.pod}", problem.reason, where)
        finding = passed()
        if params.by_digest or params.same_digest:
            finding = _manifest(params, pod, evidence)
        if params.running and finding.outcome == "pass":
            finding = _running(pod, evidence)
        return finding


def _manifest(params: StaticPodImageParams, pod: StaticPod, evidence: Evidence) -> Finding:
    expected, seen = "an image named by its digest", shown(pod.image)
    pin = read_pin(pod.image)
    if not isinstance(pin, Pin):
        return _wrong(pod, expected, f"{seen}: {pin}")
    if params.name is not None and pin.name not in ("", _whole_name(params.name)):
        return _wrong(pod, f"the image {params.name}, named by its digest", f"{seen}: it is named {pin.name}")
    if not params.same_digest:
        return passed()
    initial = evidence.of(InitialImageNeed(params.pod))
    other = other_image(pin, initial.image, initial.store)
    return _wrong(pod, f"the digest of the image that {params.pod} had", f"{seen}: {other}") if other else passed()


def _wrong(pod: StaticPod, expected: str, observed: str) -> Finding:
    return failed(expected, observed, Where(pod.path, pod.line("image"), "image"), pod.doubled)


def _running(pod: StaticPod, evidence: Evidence) -> Finding:
    expected = f"a running container of the image that {pod.name} had, made for this manifest"
    where, uid = Where(pod.path, pod.line("image"), "image"), None
    if pod.name == API_SERVER:
        server = evidence.of(ApiServerNeed())
        uid = server.pod_uid
        if finding := _not_serving(expected, pod, server, evidence):
            return finding
    initial = evidence.of(InitialImageNeed(pod.name))
    found = [one for one in evidence.of(RunningContainersNeed(pod.name)).containers if one.name == pod.container]
    own = [one for one in found if uid in (None, one.pod_uid)]
    if not own:
        seen = "the API server that serves is of another pod" if found else "no container of it runs"
        return failed(expected, seen, where)
    for one in own:
        if one.image_id not in initial.image.ids:
            return failed(
                expected, f"the one that runs is of another image: {_title(one.image_id, initial)}", where
            )
        if not one.hash:
            return undecided("containerd does not tell for which image: the container that runs was made")
        if one.hash != container_hash(pod.container, pod.image):
            seen = "the one that runs was made for another image: than the manifest has"
            return failed(expected, seen, where, _NOT_STARTED)
    other = other_manifest(evidence, pod) if pod.name == API_SERVER else ""
    return failed(expected, other, Where(pod.path, pod.line("command")), _NOT_STARTED) if other else passed()


def _not_serving(expected: str, pod: StaticPod, server: ApiServerFact, evidence: Evidence) -> Finding | None:
    """That no API server serves, or one that is not the main container's program; None if neither is so."""
    if server.state != "ready":
        what = "is down" if server.state == "down" else "runs, but is not ready"
        return api_down(evidence, expected, f"the API server {what}, and no log names a cause in a changed file")
    if not server.pod_uid or (len(pod.containers) > 1 and not server.container):
        return undecided(f"nobody saw of which pod's container the API server that serves is. {RESTART}")
    if server.container not in ("", *pod.containers):
        seen = f"the container that serves is {server.container}, which the manifest does not have"
        return failed(expected, seen, Where(pod.path, pod.line("name")), _NOT_STARTED)
    mount = pod.node_path(server.program).mount if server.program else None
    if mount is None:
        return None
    seen = f"the program that serves is {server.program}, of a mounted volume and not of the image"
    return failed(expected, seen, Where(pod.path, mount.line, "volumeMounts"))


def _title(image_id: str, initial: InitialImageFact) -> str:
    found: Iterable[StoredImage] = (image for image in initial.store if image_id in image.ids)
    return next((image.title for image in found), f"{image_id[:19]}, which the node did not have at the start")


def _whole_name(text: str) -> str | None:
    """Registry and repository; None of what has more, or is no name."""
    parsed = parse_image_reference(text)
    if parsed is None or parsed.tag or parsed.digest:
        return None
    return f"{parsed.registry}/{parsed.repository}"
