"""From a path inside a container to the node's path, through volumeMounts and hostPath volumes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Mount:
    """A volumeMount; `line` is its line in the manifest, `index` its place in the list.

    sub_path: a subPath, or a subPathExpr as the kubelet expands it; `problem` says why it cannot.
    """

    volume: str
    path: str
    sub_path: str = ""
    problem: str = ""
    read_only: bool = False
    index: int = 0
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume; `host_path` is None unless it is a hostPath volume. `type` is hostPath's type ("" any)."""

    name: str
    host_path: str | None
    type: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """Where a container path lies on the node, or `reason`: why it lies nowhere there.

    `mount` covers the path (None: no mount does), `volume` is the mount's volume (None: missing).
    line: the line of the mount, or of the volumeMounts list where no mount covers the path.
    """

    container_path: str
    node_path: str | None = None
    reason: str = ""
    line: int | None = None
    mount: Mount | None = None
    volume: Volume | None = None


def clean(path: str) -> str:
    """`path` made absolute and without `.`, `..` and double slashes."""
    return posixpath.normpath("/" + path.lstrip("/"))


def below(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies in it (both clean)."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


class MountTable:
    """What a container's mounts show of the node, for many paths; `list_line` is where volumeMounts stand."""

    def __init__(self, mounts: Iterable[Mount], volumes: Iterable[Volume], list_line: int | None) -> None:
        by_length = [(clean(mount.path), mount) for mount in mounts]
        by_length.sort(key=lambda each: len(each[0]), reverse=True)  # of equal ones the first stays first
        self._mounts = by_length
        self._volumes: dict[str, Volume] = {}
        for volume in volumes:
            self._volumes.setdefault(volume.name, volume)
        self._list_line = list_line
        self.map = lru_cache(maxsize=64)(self._map)
        """Maps a container path by its longest mount; the few paths of a grade are asked for again and again."""

    def _map(self, path: str) -> Mapped:
        inside = clean(path)
        found = next(((shown, mount) for shown, mount in self._mounts if below(inside, shown)), None)
        if found is None:
            reason = "no volumeMount covers that path: the container cannot see it"
            return Mapped(inside, reason=reason, line=self._list_line)
        shown, mount = found
        volume = self._volumes.get(mount.volume)
        reason = _hidden(mount, volume)
        if reason or volume is None or volume.host_path is None:
            return Mapped(inside, reason=reason, line=mount.line, mount=mount, volume=volume)
        rest = inside[len(shown) :].lstrip("/")
        source = posixpath.join(clean(volume.host_path), mount.sub_path.lstrip("/"))
        return Mapped(inside, clean(f"{source}/{rest}"), line=mount.line, mount=mount, volume=volume)


def _hidden(mount: Mount, volume: Volume | None) -> str:
    """Why a mount shows nothing of the node; "" if it does."""
    if volume is None:
        return f'volumeMount "{mount.volume}" has no volume of that name: the kubelet refuses the manifest'
    if volume.host_path is None:
        return f'volume "{volume.name}" is not a hostPath volume: it does not show the node\'s files'
    return mount.problem
