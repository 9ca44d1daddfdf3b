"""`static-pod`: a static pod's flags, image and mounts, in its manifest and in the running process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pydantic import Field, model_validator

from ckslab.diagnosis.api_down import api_down
from ckslab.diagnosis.node_files import load_pod
from ckslab.diagnosis.running_server import running_flags
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
    undecided,
)
from ckslab.kubernetes.static_pod.flags import Flags
from ckslab.kubernetes.static_pod.manifest import API_SERVER, MANIFESTS, PodProblem, StaticPod, read_manifest
from ckslab.kubernetes.static_pod.mounts import clean
from ckslab.matching.admission_plugins import PluginRules, wrong_plugins
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

    admission-plugins: which are on, whatever the flags that say so. image: matcher. mounts: mounts that must be
    there. running: flags and plugins must hold for the live process as well (the last and admission-plugins:
    kube-apiserver only; where only files are graded the manifest decides alone).
    """

    name: str
    flags: dict[str, Matcher] = Field(default_factory=dict)
    admission_plugins: PluginRules | None = None
    image: Matcher | None = None
    mounts: tuple[MountRule, ...] = ()
    running: bool = False

    @model_validator(mode="after")
    def _api_server_only(self) -> StaticPodParams:
        if self.running and self.name != API_SERVER:
            raise ValueError(f"running: only the process of {API_SERVER} can be read")
        if self.admission_plugins and self.name != API_SERVER:
            raise ValueError(f"admission-plugins: only {API_SERVER} has them")
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
        for name in params.flags:
            if any(setting.unknown for setting in pod.flags.get(name, ())):
                return undecided(f"what --{name} is set to, only the kubelet knows (a valueFrom)")
        wrong = [*_wrong_flags(params, pod.flags, evidence), *_wrong_fields(params, pod)]
        if wrong:
            first, more = wrong[0], ", ".join(f"{each.expected}: {each.observed}" for each in wrong[1:])
            where = Where(pod.path, first.line or pod.line("command"), first.flag)
            also = f"Also: {more}." if more else ""
            return failed(first.expected, first.observed, where, f"{pod.doubled} {also}".strip())
        return _running(params, pod, evidence) if params.running else passed()


def _wrong_flags(params: StaticPodParams, flags: Flags, evidence: Evidence) -> Iterator[Wrong]:
    """What is wrong with flags, of the manifest or of the process."""
    yield from wrong_flags(params.flags, flags, lambda: _before(evidence, params.name))
    if params.admission_plugins:
        yield from wrong_plugins(params.admission_plugins, flags, lambda: _before(evidence, params.name))


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


def _before(evidence: Evidence, name: str) -> Flags:
    """The flags of the initial manifest; none if they are not known."""
    path = f"{MANIFESTS}/{name}.yaml"
    try:
        initial = evidence.of(InitialNeed(path))
    except NotAvailable:
        return {}
    manifest = read_manifest(path, initial)
    return manifest.pod.flags if manifest.pod else {}


def _running(params: StaticPodParams, pod: StaticPod, evidence: Evidence) -> Finding:
    try:
        evidence.of(ApiServerNeed())
    except NotAvailable:
        return passed()
    flags = running_flags(evidence)
    if flags is None:
        expected = "a running kube-apiserver with these flags"
        return api_down(
            evidence, expected, "the API server does not run, and no log names a cause in a changed file"
        )
    wrong = next(_wrong_flags(params, flags, evidence), None)
    if wrong is None:
        return passed()
    seen = f"the manifest is right, but in the running process: {wrong.observed}"
    message = "The kubelet has not started it from this manifest."
    return replace(failed(wrong.expected, seen, Where(pod.path)), message=message)
