"""`container-path`: a file or folder that a static pod's container can see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from pydantic import Field, model_validator

from ckslab.diagnosis.node_files import NodeFiles, load_pod
from ckslab.diagnosis.running_server import last_words
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed
from ckslab.kubernetes.node_file import kind_text
from ckslab.kubernetes.static_pod.container_files import ContainerFiles
from ckslab.kubernetes.static_pod.manifest import API_SERVER, MANIFESTS, PodProblem, StaticPod
from ckslab.kubernetes.static_pod.mounts import Mapped, clean
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
    """Follows volumeMount, subPath and hostPath to the node's file."""

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
            if flag is None or flag.bare or not flag.value:
                seen = f"there is no --{params.from_flag}" if flag is None else "the flag has no value"
                where = Where(pod.path, flag.line if flag else pod.line("command"), "command")
                return failed(f"--{params.from_flag} names a {params.is_}", seen, where)
            path = flag.value
        return _seen(params, pod, clean(path or "/"), evidence)


def _seen(params: ContainerPathParams, pod: StaticPod, path: str, evidence: Evidence) -> Finding:
    expected = f"a {params.is_} at {path} inside {params.pod}"
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
    return _target(params, pod, mapped, expected, evidence)


def _target(
    params: ContainerPathParams, pod: StaticPod, mapped: Mapped, expected: str, evidence: Evidence
) -> Finding:
    node_path = mapped.node_path or ""
    where = Where(node_path)
    file = evidence.of(FileNeed(node_path))
    if file.kind == "absent":
        return failed(expected, f"the mount shows {node_path} of the node there, and there is no such file", where)
    if file.kind != params.is_ and not (file.kind == "too-large" and params.is_ == "file"):
        return failed(expected, f"{node_path}: {kind_text(file)}", where)
    seen = ContainerFiles(pod, NodeFiles(evidence)).open(mapped.container_path)
    # For a folder `open` always says "is a directory"; for a file an error means a symlink that leads
    # out of what is mounted.
    if params.is_ == "file" and not seen.readable and file.kind == "file":
        return failed(expected, seen.error, seen.where)
    return passed()
