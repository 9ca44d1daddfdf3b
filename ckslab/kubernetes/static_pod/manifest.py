"""The kubelet's static pods, read from the manifests folder as the kubelet reads it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ckslab.kubernetes.node_file import FileFact, FolderFact, kind_text
from ckslab.kubernetes.remembered import Remembered
from ckslab.kubernetes.static_pod.fields import ManifestFields, PodProblem
from ckslab.kubernetes.static_pod.flags import Argument, Flags, FlagValue, entries, read_flags
from ckslab.kubernetes.static_pod.mounts import Mapped, Mount, MountTable, Volume
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
    """A static pod and its main container (the one of the pod's name, else the first).

    One manifest's pod may be shared by many gradings, so what is read of it is read once.

    argv: command and args in order, with their lines. at: the path of the main container in the
    document. refused: why the kubelet refuses it although it can be read, or None.
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
    refused: PodProblem | None = None

    @cached_property
    def flags(self) -> Flags:
        """Flag name -> its settings (value, line) in order."""
        return read_flags(self.argv)

    def flag(self, name: str) -> FlagValue | None:
        """The setting of an ordinary flag that counts (the last one), or None."""
        settings = self.flags.get(name)
        return settings[-1] if settings else None

    def list_flag(self, name: str) -> list[str]:
        """The entries of a list flag: repeated flags add up."""
        return entries(self.flags.get(name, ()))

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
        for file in self.files:
            if file.problem and (file.path in named or (not pods and f"/{name}." in file.path)):
                raise file.problem.again()
        if not pods:
            raise PodProblem(f"no manifest holds a pod named {name}", named[0])
        if len(pods) > 1:
            raise _too_many(pods, name, named)
        return pods[0]


def read_manifests(folder: FolderFact) -> Manifests:
    """All manifests of the folder; folders, pipes and hidden files are not manifests.

    Kubelet: pkg/kubelet/config/file.go globs `[^.]*` and takes regular files only.
    """
    skipped = ("folder", "fifo", "socket", "device")
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
        # The kubelet decodes with sigs.k8s.io/yaml's YAMLToJSON, where the last of two equal keys counts.
        return ManifestFile(path, _read_pod(path, read_yaml(text, unique_keys=False)))
    except YamlProblem as problem:
        return ManifestFile(path, problem=PodProblem(f"not valid YAML: {problem.reason}", path, problem.line))
    except PodProblem as problem:
        return ManifestFile(path, problem=problem.again())


def _weight(manifest: tuple[str, str], found: ManifestFile) -> int:
    return 1 + len(manifest[1]) // 256 + (found.pod.document.size if found.pod else 0)


_SHARED = Remembered(_read_text, _weight, most=MAX_SHARED)


def _read_pod(path: str, document: Document) -> StaticPod:
    value = document.value
    if not isinstance(value, dict) or value.get("kind") != "Pod" or value.get("apiVersion") != "v1":
        raise PodProblem("not a Pod of apiVersion v1", path, document.line("kind") or 1)
    reader = ManifestFields(path, document)
    name = reader.text("metadata", "name")
    containers = reader.items("spec", "containers")
    if not name or not containers:
        raise PodProblem("the pod has no name or no container", path, document.line("spec") or 1)
    names = [reader.text("spec", "containers", index, "name") for index in range(len(containers))]
    index = names.index(name) if name in names else 0
    at: tuple[str | int, ...] = ("spec", "containers", index)
    mounts, volumes = reader.mounts(*at, "volumeMounts"), reader.volumes("spec", "volumes")
    return StaticPod(
        path=path,
        name=name,
        document=document,
        container=names[index],
        image=reader.text(*at, "image"),
        argv=reader.arguments(*at, "command") + reader.arguments(*at, "args"),
        mounts=mounts,
        volumes=volumes,
        at=at,
        refused=_refused(path, index, mounts, volumes),
    )


def _refused(path: str, index: int, mounts: tuple[Mount, ...], volumes: tuple[Volume, ...]) -> PodProblem | None:
    known = {volume.name for volume in volumes}
    for mount in mounts:
        if mount.volume not in known:
            where = f"spec.containers[{index}].volumeMounts[{mount.index}].name"
            return PodProblem(f'{where}: there is no volume "{mount.volume}"', path, mount.line)
    return None
