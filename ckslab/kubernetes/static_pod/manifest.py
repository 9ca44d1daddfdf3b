"""The kubelet's static pods, read from the manifests folder as the kubelet reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ckslab.kubernetes.node_file import FileFact, FolderFact, kind_text
from ckslab.kubernetes.remembered import Remembered
from ckslab.kubernetes.static_pod.fields import ManifestFields, PodProblem
from ckslab.kubernetes.static_pod.flags import (
    Argument,
    CommandLine,
    Flags,
    FlagValue,
    entries,
    read_command_line,
)
from ckslab.kubernetes.static_pod.mounts import Mapped, Mount, MountTable, Volume
from ckslab.kubernetes.static_pod.validation import refused
from ckslab.kubernetes.v1_35.apiserver_flags import SWITCHES
from ckslab.kubernetes.yaml.json_text import looks_like_json, not_valid, read_json
from ckslab.kubernetes.yaml.text import MAX_SHARED, Document, YamlProblem, read_yaml

__all__ = [
    "API_SERVER",
    "MANIFESTS",
    "ManifestFile",
    "Manifests",
    "PodProblem",
    "StaticPod",
    "read_manifest",
    "read_manifests",
]

API_SERVER = "kube-apiserver"
"""The name of its static pod, and of the container in it."""
MANIFESTS = "/etc/kubernetes/manifests"
"""kubeadm's staticPodPath: every file in it whose name does not begin with a dot is a manifest."""

_SHOWN = 5


@dataclass(frozen=True)
class StaticPod:
    """A static pod and its main container: the one that runs the program of the pod's name, else the one of that
    name, else the first. Of a process that runs, `of_container` gives it with the one that it is of.

    One manifest's pod may be shared by many gradings, so what is read of it is read once.

    argv: command and args in order, with their lines, as the kubelet expands them. at: the path of the main
    container in the document. containers: the names of all. refused: why the kubelet refuses it although it can be
    read, or None.
    """

    path: str
    name: str
    document: Document
    container: str
    image: str
    argv: tuple[Argument, ...]
    mounts: tuple[Mount, ...]
    volumes: tuple[Volume, ...]
    at: tuple[str | int, ...] = ()
    containers: tuple[str, ...] = ()
    refused: PodProblem | None = None

    def of_container(self, name: str) -> StaticPod:
        """The same with another one of its containers as the main one; itself where it has none of that name."""
        if name == self.container or name not in self.containers:
            return self
        return _pod(self.document, ManifestFields(self.path, self.document), self.containers.index(name))

    @cached_property
    def command_line(self) -> CommandLine:
        """The arguments as pflag reads them; the program's own name is none of them."""
        own = 0 if not self.argv or self.argv[0].text.startswith("-") else 1
        return read_command_line(self.argv[own:], SWITCHES if self.name == API_SERVER else None)

    @property
    def flags(self) -> Flags:
        """Flag name -> its settings (value, line) in order."""
        return self.command_line.flags

    def runs_as(self, argv: Sequence[str]) -> bool:
        """Whether a live process with these arguments can be this pod's main container."""
        return len(argv) == len(self.argv) and all(map(Argument.may_be, self.argv, argv))

    def as_running(self, argv: Sequence[str]) -> StaticPod:
        """The same with what only the kubelet knew of its arguments, read off its live process."""
        known = tuple(Argument(text, each.line) for each, text in zip(self.argv, argv, strict=True))
        return replace(self, argv=known)

    def flag(self, name: str) -> FlagValue | None:
        """The setting of an ordinary flag that counts (the last one), or None."""
        settings = self.flags.get(name)
        return settings[-1] if settings else None

    def list_flag(self, name: str) -> list[str]:
        """The entries of a list flag: repeated flags add up."""
        return entries(self.flags.get(name, ()))

    @cached_property
    def doubled(self) -> str:
        """What is lost because a key of the manifest stands twice, in a sentence; "" where none does."""
        for each in self.document.doubled():
            key = each.path[-1]
            return (
                f"`{key}:` stands twice in the manifest, in lines {each.lost} and {each.line}: "
                f"the last one counts, and what the first one holds is lost."
            )
        return ""

    def line(self, *path: str | int) -> int | None:
        """The line of something in the main container; where it is missing, of what would hold it."""
        return self.document.line(*self.at, *path)

    def node_path(self, container_path: str) -> Mapped:
        """Where a path inside the main container lies on the node."""
        return self._mount_table.map(container_path)

    @cached_property
    def _mount_table(self) -> MountTable:
        return MountTable(self.mounts, self.volumes, self.line("volumeMounts"))


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One file of the folder: the pod it holds, or why the kubelet cannot take one from it."""

    path: str
    pod: StaticPod | None = None
    problem: PodProblem | None = None


@dataclass(frozen=True, slots=True)
class Manifests:
    """The manifests folder as the kubelet reads it. files: by name; none where it is no folder."""

    folder: FileFact
    files: tuple[ManifestFile, ...]

    def pod(self, name: str) -> StaticPod:
        """The static pod of that name; PodProblem if there is none, it cannot be read, or there are two."""
        if self.folder.kind != "folder":
            raise PodProblem(f"the manifests folder: {kind_text(self.folder)}", self.folder.path)
        pods = [file.pod for file in self.files if file.pod and file.pod.name == name]
        named = [f"{self.folder.path.rstrip('/')}/{name}{ending}" for ending in (".yaml", ".yml", ".json")]
        if not pods:  # of a file that it cannot take the kubelet says so, and goes on with the others
            for file in self.files:
                if file.problem and (file.path in named or f"/{name}." in file.path):
                    raise file.problem.again()
            raise PodProblem(f"no manifest holds a pod named {name}", named[0])
        if len(pods) > 1:
            raise _too_many(pods, name, named)
        return pods[0]


def read_manifests(folder: FolderFact) -> Manifests:
    """All manifests of the folder; folders, pipes and hidden files are not manifests.

    Kubelet: pkg/kubelet/config/file.go globs `[^.]*`, follows symlinks and takes regular files only.
    """
    skipped = ("folder", "fifo", "socket", "device", "absent", "loop")  # the last two: symlinks to nothing
    files = (
        read_manifest(f"{folder.folder.path.rstrip('/')}/{name}", file)
        for name, file in sorted(folder.files.items())
        if not name.startswith(".") and file.kind not in skipped
    )
    return Manifests(folder.folder, tuple(files))


def _too_many(pods: list[StaticPod], name: str, named: list[str]) -> PodProblem:
    files = [pod.path.rpartition("/")[2] for pod in pods]
    more = [f"{len(files) - _SHOWN} more"] if len(files) > _SHOWN else []
    who = " and ".join([*files[:_SHOWN], *more]) + (" both" if len(files) == 2 else " all")
    reason = f"{who} hold a pod named {name}: the kubelet reads every file there and runs {files[-1]}, the last"
    return PodProblem(reason, next((pod.path for pod in pods if pod.path not in named), pods[-1].path))


def read_manifest(path: str, file: FileFact) -> ManifestFile:
    """One file of the folder, read at that path; equal files are read once."""
    if file.text is None:
        why = file.reason or ("it is not text" if file.kind == "file" else kind_text(file))
        return ManifestFile(path, problem=PodProblem(f"cannot be read: {why}", path))
    return _SHARED((path, file.text))


def _read_text(manifest: tuple[str, str]) -> ManifestFile:
    path, text = manifest
    try:
        return ManifestFile(path, _read_pod(path, _document(text)))
    except YamlProblem as problem:
        return ManifestFile(path, problem=PodProblem(not_valid(text, problem), path, problem.line))
    except PodProblem as problem:
        return ManifestFile(path, problem=problem.again())


def _document(text: str) -> Document:
    """The kubelet takes what begins with a brace for JSON (utilyaml.ToJSON); the last of two equal keys counts."""
    return read_json(text) if looks_like_json(text) else read_yaml(text, unique_keys=False)


def _weight(manifest: tuple[str, str], found: ManifestFile) -> int:
    return 1 + len(manifest[1]) // 256 + (found.pod.document.size if found.pod else 0)


_SHARED = Remembered(_read_text, _weight, most=MAX_SHARED)


def _read_pod(path: str, document: Document) -> StaticPod:
    value = document.value
    if not isinstance(value, dict) or value.get("kind") != "Pod" or value.get("apiVersion") != "v1":
        raise PodProblem("not a Pod of apiVersion v1", path, document.line("kind") or 1)
    reader = ManifestFields(path, document)
    name = reader.text("metadata", "name")
    count = len(reader.items("spec", "containers"))
    if not name or not count:
        raise PodProblem("the pod has no name or no container", path, document.line("spec") or 1)
    return _pod(document, reader, max(range(count), key=lambda index: _rank(reader, index, name)))


def _rank(reader: ManifestFields, index: int, pod: str) -> tuple[bool, bool]:
    """The higher it is, the rather a container is the main one of its pod; of equal ones the first."""
    at = ("spec", "containers", index)
    first = [*reader.items(*at, "command"), *reader.items(*at, "args"), ""][0]
    program = first.rpartition("/")[2] if isinstance(first, str) else ""
    return program == pod, reader.text(*at, "name") == pod


def _pod(document: Document, reader: ManifestFields, index: int) -> StaticPod:
    at: tuple[str | int, ...] = ("spec", "containers", index)
    names = tuple(
        reader.text("spec", "containers", each, "name") for each in range(len(reader.items("spec", "containers")))
    )
    values = reader.environment(*at, "env")
    return StaticPod(
        path=reader.path,
        name=reader.text("metadata", "name"),
        document=document,
        container=names[index],
        image=reader.text(*at, "image"),
        argv=reader.arguments(values, *at, "command") + reader.arguments(values, *at, "args"),
        mounts=reader.mounts(values, *at, "volumeMounts"),
        volumes=reader.volumes("spec", "volumes"),
        at=at,
        containers=names,
        refused=refused(reader),
    )
