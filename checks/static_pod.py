"""`static-pod`: a static pod's flags, image and mounts, in its manifest and in the running process."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field, model_validator

from ckslab.diagnosis.api_down import api_down
from ckslab.diagnosis.node_files import load_pod
from ckslab.evidence import (
    CheckType,
    Evidence,
    Finding,
    Need,
    NotAvailable,
    Params,
    Where,
    failed,
    passed,
)
from ckslab.kubernetes.static_pod.flags import Flags, process_flags
from ckslab.kubernetes.static_pod.manifest import API_SERVER, MANIFESTS, PodProblem, StaticPod, read_manifest
from ckslab.kubernetes.static_pod.mounts import clean
from ckslab.matching.flag_rules import Wrong, wrong_flags
from ckslab.matching.matcher import Matcher
from ckslab.needs.api_server import ApiServerNeed
from ckslab.needs.files import FolderNeed, InitialNeed
from ckslab.strict import NodePath


class MountRule(Params):
    """path: in the container. read-only: if given, whether it must be. host-path: on the node."""

    path: NodePath
    read_only: bool | None = None
    host_path: NodePath | None = None


class StaticPodParams(Params):
    """name: the pod. flags: flag name -> matcher (a list for contains, excludes and an equals of a list).

    image: matcher. mounts: mounts that must be there. running: the flags must hold for the live
    process as well (kube-apiserver only; where only files are graded the manifest decides alone).
    """

    name: str
    flags: dict[str, Matcher] = Field(default_factory=dict)
    image: Matcher | None = None
    mounts: tuple[MountRule, ...] = ()
    running: bool = False

    @model_validator(mode="after")
    def _running_api_server_only(self) -> StaticPodParams:
        if self.running and self.name != API_SERVER:
            raise ValueError(f"running: only the process of {API_SERVER} can be read")
        return self


class StaticPodCheck(CheckType[StaticPodParams]):
    """Only what the parameters name counts: flags that kubeadm wrote may stay or change."""

    name = "static-pod"
    params = StaticPodParams

    def needs(self, params: StaticPodParams) -> Iterable[Need]:
        """The manifests, and the live server for `running`."""
        manifests: list[Need] = [FolderNeed(MANIFESTS)]
        return [*manifests, ApiServerNeed()] if params.running else manifests

    def live(self, params: StaticPodParams) -> bool:
        """Never: without a cluster the manifest decides."""
        return False

    def judge(self, params: StaticPodParams, evidence: Evidence) -> Finding:
        """The manifest first, then the process."""
        try:
            pod = load_pod(evidence, params.name)
        except PodProblem as problem:
            where = Where(problem.path, problem.line)
            return failed(f"one manifest with a pod named {params.name}", problem.reason, where)
        wrong = wrong_flags(params.flags, pod.flags, lambda: _before(evidence, pod))
        wrong += list(_wrong_fields(params, pod))
        if wrong:
            first, more = wrong[0], ", ".join(f"{each.expected}: {each.observed}" for each in wrong[1:])
            line = first.line or pod.line("command")
            where = Where(pod.path, line, first.flag)
            return failed(first.expected, first.observed, where, f"Also: {more}." if more else "")
        return _running(params, pod, evidence) if params.running else passed()


def _wrong_fields(params: StaticPodParams, pod: StaticPod) -> Iterable[Wrong]:
    if params.image is not None and params.image.wrong(pod.image):
        expected = f"image: {params.image.expectation()}"
        yield Wrong("image", expected, params.image.wrong(pod.image), pod.line("image"))
    for rule in params.mounts:
        mapped = pod.node_path(rule.path)
        expected = f"a mount at {rule.path}"
        if mapped.node_path is None:
            yield Wrong("volumeMounts", expected, mapped.reason, mapped.line)
        elif rule.read_only is not None and mapped.mount and mapped.mount.read_only != rule.read_only:
            wanted = "read-only" if rule.read_only else "writable"
            yield Wrong("volumeMounts", f"{expected}, {wanted}", f"it is not {wanted}", mapped.line)
        elif rule.host_path is not None and mapped.node_path != clean(rule.host_path):
            yield Wrong("volumes", f"{expected} of {rule.host_path}", f"it shows {mapped.node_path}", mapped.line)


def _before(evidence: Evidence, pod: StaticPod) -> Flags:
    """The flags of the initial manifest; none if they are not known."""
    try:
        initial = evidence.of(InitialNeed(pod.path))
    except NotAvailable:
        return {}
    manifest = read_manifest(pod.path, initial)
    return manifest.pod.flags if manifest.pod else {}


def _running(params: StaticPodParams, pod: StaticPod, evidence: Evidence) -> Finding:
    try:
        server = evidence.of(ApiServerNeed())
    except NotAvailable:
        return passed()
    expected = "a running kube-apiserver with these flags"
    if not server.argv:
        return api_down(
            evidence, expected, "the API server does not run, and no log names a cause in a changed file"
        )
    wrong = wrong_flags(params.flags, process_flags(server.argv), lambda: _before(evidence, pod))
    if not wrong:
        return passed()
    seen = f"the manifest is right, but in the running process: {wrong[0].observed}"
    return failed(wrong[0].expected, seen, Where(pod.path), "The kubelet has not started it from this manifest.")
