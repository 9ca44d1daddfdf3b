"""From a path inside a container to the node's path, through volumeMounts and hostPath volumes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mount:
    """A volumeMount; `line` is its line in the manifest, `index` its place in the list."""

    volume: str
    path: str
    sub_path: str = ""
    expanded: bool = False
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


def map_path(mounts: Iterable[Mount], volumes: Iterable[Volume], path: str, list_line: int | None) -> Mapped:
    """Map a container path by its longest mount; `list_line` is where volumeMounts stand."""
    inside = clean(path)
    covering = [mount for mount in mounts if below(inside, clean(mount.path))]
    if not covering:
        reason = "no volumeMount covers that path: the container cannot see it"
        return Mapped(inside, reason=reason, line=list_line)
    mount = max(covering, key=lambda each: len(clean(each.path)))
    volume = next((each for each in volumes if each.name == mount.volume), None)
    if volume is None:
        reason = f'volumeMount "{mount.volume}" has no volume of that name: the kubelet refuses the manifest'
    elif volume.host_path is None:
        reason = f'volume "{volume.name}" is not a hostPath volume: it does not show the node\'s files'
    elif mount.expanded:
        reason = "the mount has a subPathExpr: ckslab does not expand it, use subPath"
    else:
        rest = posixpath.relpath(inside, clean(mount.path))
        node = clean(posixpath.join(clean(volume.host_path), mount.sub_path.lstrip("/"), rest))
        return Mapped(inside, node, line=mount.line, mount=mount, volume=volume)
    return Mapped(inside, reason=reason, line=mount.line, mount=mount, volume=volume)
