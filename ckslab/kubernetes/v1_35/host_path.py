"""Whether what lies on the node fits the type of a hostPath volume, as the kubelet checks it (v1.35)."""

from __future__ import annotations

from collections.abc import Iterator

from ckslab.kubernetes.node_file import FileKind
from ckslab.kubernetes.static_pod.manifest import StaticPod
from ckslab.kubernetes.static_pod.mounts import Volume, clean

TYPE_CHECK = "hostPath type check failed: "

_WANTED: dict[str, tuple[FileKind, str]] = {
    "Directory": ("folder", "a directory"),
    "DirectoryOrCreate": ("folder", "a directory"),
    "File": ("file", "a file"),
    "FileOrCreate": ("file", "a file"),
    "Socket": ("socket", "a socket file"),
}


def host_path_problem(kind_wanted: str, kind: str, path: str) -> str:
    """What the kubelet says of a hostPath type that does not fit; "" if it fits.

    Kubelet: pkg/volume/hostpath/host_path.go, checkTypeInternal.
    """
    wanted = _WANTED.get(kind_wanted)
    if wanted is None or kind == wanted[0] or (kind == "too-large" and wanted[0] == "file"):
        return ""
    if kind == "absent" and kind_wanted.endswith("OrCreate"):
        return ""
    return f"{TYPE_CHECK}{path} is not {wanted[1]}"


def typed_volumes(pod: StaticPod) -> Iterator[tuple[str, Volume]]:
    """The pod's hostPath volumes that ask for a type, each with its path. No container is started until all fit."""
    for volume in pod.volumes:
        if volume.host_path is not None and volume.type:
            yield clean(volume.host_path), volume
