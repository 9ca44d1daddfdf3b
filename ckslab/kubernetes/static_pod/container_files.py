"""Reads files as a container of a static pod sees them: through its mounts, from the node's files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from ckslab.kubernetes.node_file import FileFact, Read, Where
from ckslab.kubernetes.static_pod.manifest import StaticPod
from ckslab.kubernetes.static_pod.mounts import Volume, below


@dataclass(frozen=True, slots=True)
class Seen:
    """A container path: the node file behind it, or `error`, what opening it answers.

    where: the node file, or the place in the manifest that hides it. readable: the container can open
    it as a regular file (its text may still be None: not UTF-8).
    """

    container_path: str
    where: Where
    file: FileFact | None = None
    error: str = ""

    @property
    def readable(self) -> bool:
        """Whether it opens as a regular file."""
        return not self.error


@dataclass(frozen=True, slots=True)
class ContainerFiles:
    """What one static pod's main container can read.

    read: gives the node's files. lenient: a path that the mounts do not show is looked up under the same
    path on the node, so that files which are right keep their points while the mount is missing (that has
    a check of its own).
    """

    pod: StaticPod
    read: Read
    lenient: bool = False

    def open(self, path: str) -> Seen:
        """The file at an absolute or relative container path; relative ones start at `/`.

        The working directory of the kube-apiserver image is `/`.
        """
        path = _absolute(path)
        mapped = self.pod.node_path(path)
        if mapped.node_path is None:
            place = Where(self.pod.path, mapped.line, "volumeMounts")
            seen = Seen(path, place, error=f"open {path}: no such file or directory ({mapped.reason})")
        else:
            seen = self._read(path, mapped.node_path, mapped.volume)
        if self.lenient and not seen.readable and mapped.node_path != path:
            same = self._read(path, path, None)
            return same if same.readable else seen
        return seen

    def ask(self, paths: Iterable[str]) -> None:
        """Said before several files are opened that do not depend on one another."""
        self.read.ask(node_path for path in paths if (node_path := self.pod.node_path(_absolute(path)).node_path))

    def _read(self, path: str, node_path: str, volume: Volume | None) -> Seen:
        fact = self.read(node_path)
        where = Where(node_path)
        if fact.kind == "file":
            if volume is not None and fact.real not in ("", node_path) and not self._visible(fact, volume):
                error = f"open {path}: no such file or directory (a symlink to {fact.real})"
                return Seen(path, where, fact, error)
            return Seen(path, where, fact)
        if fact.kind == "folder":
            return Seen(path, where, fact, f"read {path}: is a directory")
        if fact.kind in ("absent", "loop", "outside"):
            return Seen(path, where, fact, f"open {path}: no such file or directory")
        return Seen(path, where, fact, f"open {path}: {fact.reason or fact.kind}")

    def _visible(self, fact: FileFact, volume: Volume) -> bool:
        """A symlink's target must be mounted too: the container resolves it with its own paths."""
        source = self.read(volume.host_path or "/")
        if below(fact.real, source.real or source.path):
            return True
        return self.pod.node_path(fact.real).node_path == fact.real


def _absolute(path: str) -> str:
    return posixpath.normpath(posixpath.join("/", path))
