"""`container-path`: a file or folder that a static pod's container can see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from pydantic import Field, model_validator

from ckslab.diagnosis.node_files import NodeFiles, load_pod
from ckslab.diagnosis.running_server import last_words
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed, undecided
from ckslab.kubernetes.node_file import kind_text
from ckslab.kubernetes.static_pod.container_files import ContainerFiles, Seen
from ckslab.kubernetes.static_pod.flags import misread
from ckslab.kubernetes.static_pod.manifest import API_SERVER, MANIFESTS, PodProblem, StaticPod
from ckslab.kubernetes.static_pod.mounts import clean
from ckslab.kubernetes.v1_35.apiserver_start import hidden_refusal
from ckslab.kubernetes.v1_35.host_path import host_path_problem
from ckslab.needs.files import FileNeed, FolderNeed
from ckslab.strict import NodePath


class ContainerPathParams(Params):
    """pod: the static pod. from-flag: the flag whose value is the path; or path: the path itself.

    is: what must be seen there.
    """

    pod: str
    from_flag: str | None = None
    path: NodePath | None = None
    is_: Literal["file", "folder"] = Field("file", alias="is")

    @model_validator(mode="after")
    def _one_source(self) -> ContainerPathParams:
        if (self.from_flag is None) == (self.path is None):
            raise ValueError("give either from-flag or path")
        return self


class ContainerPath(CheckType[ContainerPathParams]):
    """Follows volumeMount, subPath, hostPath and symlinks to the node's file.

    The API server sees nothing if it does not start: its command line is one that it takes, and no mount hides what
    its flags and its admission configuration name.
    """

    name = "container-path"
    params = ContainerPathParams

    def needs(self, params: ContainerPathParams) -> Iterable[Need]:
        """The manifests; the rest depends on what they say."""
        return [FolderNeed(MANIFESTS)]

    def paths(self, params: ContainerPathParams) -> Iterable[str]:
        """The path, if the parameters name it."""
        return [params.path] if params.path else []

    def judge(self, params: ContainerPathParams, evidence: Evidence) -> Finding:
        """From the flag to the file; the first obstacle is the finding, with the log line of a server it ended."""
        found = self._judge(params, evidence)
        if found.outcome != "fail" or params.pod != API_SERVER:
            return found
        return replace(found, log=last_words(evidence))

    def _judge(self, params: ContainerPathParams, evidence: Evidence) -> Finding:
        try:
            pod = load_pod(evidence, params.pod)
        except PodProblem as problem:
            where = Where(problem.path, problem.line)
            return failed(f"one manifest with a pod named {params.pod}", problem.reason, where)
        path = params.path
        if params.from_flag is not None:
            flag = pod.flag(params.from_flag)
            if flag is None or flag.bare or not flag.value or misread(pod.flags, params.from_flag):
                return _no_path(params, pod, params.from_flag)
            if flag.unknown:
                return undecided(f"what --{params.from_flag} is set to, only the kubelet knows (a valueFrom)")
            path = flag.value
        found = _seen(params, pod, path or "/", evidence)
        if found.outcome != "fail":
            return found
        return replace(found, message=f"{pod.doubled} {found.message}".strip())


def _no_path(params: ContainerPathParams, pod: StaticPod, name: str) -> Finding:
    flag = pod.flag(name)
    seen = f"there is no --{name}" if flag is None else "the flag has no value"
    line = flag.line if flag else pod.line("command")
    if odd := misread(pod.flags, name):
        seen, line = odd
    return failed(f"--{name} names a {params.is_}", seen, Where(pod.path, line, "command"), pod.doubled)


def _seen(params: ContainerPathParams, pod: StaticPod, path: str, evidence: Evidence) -> Finding:
    expected = f"a {params.is_} at {clean(path)} inside {params.pod}"
    mapped = pod.node_path(path)
    if mapped.node_path is None:
        return failed(expected, mapped.reason, Where(pod.path, mapped.line, "volumeMounts"))
    if pod.refused is not None:
        return failed(expected, pod.refused.reason, Where(pod.path, pod.refused.line, "volumeMounts"))
    sources = [(volume, clean(volume.host_path)) for volume in pod.volumes if volume.host_path and volume.type]
    evidence.ask(FileNeed(path) for path in (mapped.node_path, *(source for _, source in sources)))
    for volume, source in sources:
        problem = host_path_problem(volume.type, evidence.of(FileNeed(source)).kind, source)
        if problem:
            return failed(expected, problem, Where(pod.path, volume.line, "volumes"))
    return _target(params, pod, path, expected, evidence)


def _target(params: ContainerPathParams, pod: StaticPod, path: str, expected: str, evidence: Evidence) -> Finding:
    read = NodeFiles(evidence)
    files = ContainerFiles(pod, read)
    seen = files.open(path) if params.is_ == "file" else files.folder(path)
    if not seen.readable:
        return failed(expected, _obstacle(params, pod, path, seen), seen.where)
    hidden = hidden_refusal(pod, read) if pod.name == API_SERVER else None
    if hidden is not None:
        return failed(f"{expected}, and an API server that starts", hidden.reason, hidden.where)
    return passed()


def _obstacle(params: ContainerPathParams, pod: StaticPod, path: str, seen: Seen) -> str:
    """What is there instead, with the node's path where no symlink makes it another."""
    node_path = pod.node_path(path).node_path
    file = seen.file
    if file is None or seen.where.path != node_path or file.target:
        return seen.error
    if file.kind == "absent":
        return f"the mount shows {node_path} of the node there, and there is no such file"
    return f"{node_path}: {kind_text(file)}" if file.kind != params.is_ else seen.error
