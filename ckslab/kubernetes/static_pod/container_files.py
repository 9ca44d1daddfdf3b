"""Reads files as a container of a static pod sees them: through its mounts, and by its own symlinks."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from ckslab.kubernetes.node_file import FileFact, Read, Where, kind_text
from ckslab.kubernetes.static_pod.manifest import StaticPod
from ckslab.kubernetes.static_pod.mounts import Mapped, below, clean

MAX_LINKS = 40
"""Symlinks that the kernel follows in one path (MAXSYMLINKS of Linux)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A container path: the node file behind it, or `error`, what opening it answers.

    container_path: as it was asked for, clean. where: the node file, or the place in the manifest that hides
    it. readable: the container can open it as a regular file (its text may still be None: not UTF-8).
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
        walk = _Walk(self, path)
        seen = Seen(walk.path, walk.where, walk.fact, walk.error or _not_a_file(walk.path, walk.fact))
        if self.lenient and not seen.readable and self.pod.node_path(walk.path).node_path != walk.path:
            same = self.read(walk.path)
            if same.kind == "file":
                return Seen(walk.path, Where(walk.path), same)
        return seen

    def folder(self, path: str) -> Seen:
        """The folder at a container path; `error` is empty where there is one."""
        walk = _Walk(self, path)
        error = walk.error
        if not error and walk.fact and walk.fact.kind != "folder":
            error = f"open {walk.path}: not a directory"
        return Seen(walk.path, walk.where, walk.fact, error)

    def ask(self, paths: Iterable[str]) -> None:
        """Said before several files are opened that do not depend on one another."""
        wanted = (step for path in paths for step in self._steps(clean(path)))
        self.read.ask(dict.fromkeys(wanted))

    def _steps(self, path: str) -> Iterable[str]:
        """The node paths of a path and of the folders that lead to it, as far as they are mounted."""
        while path != "/":
            mapped = self.pod.node_path(path)
            if mapped.node_path is None:
                return
            yield mapped.node_path
            path = posixpath.dirname(path)


class _Walk:
    """One path, component by component, as the kernel follows it inside the container.

    A symlink's absolute target starts at the container's root, so one that is right on the node may lead
    nowhere here, and the other way round. A mount's own source is followed by the node.
    """

    def __init__(self, files: ContainerFiles, path: str) -> None:
        self._pod, self._read = files.pod, files.read
        self._left = _components(path)
        self._links = 0
        self._link = ""  # the last one that was followed, in words
        self.path = clean(path)
        self.where = Where(self._pod.path, self._pod.line("volumeMounts"), "volumeMounts")
        self.fact: FileFact | None = None
        self.error = ""
        files.ask((path,))
        at = "/"
        while self._left and not self.error:
            at = self._step(at, self._left.pop())

    def _step(self, at: str, name: str) -> str:
        """The place after one more component."""
        if name in (".", ".."):
            return at if name == "." else posixpath.dirname(at)
        at = posixpath.join(at, name)
        mapped = self._pod.node_path(at)
        if mapped.node_path is None:
            return self._not_mounted(at, mapped)
        fact = self.fact = self._read(mapped.node_path)
        own = mapped.mount is not None and at == clean(mapped.mount.path)
        if not self._links:
            self.where = Where(mapped.node_path)  # behind a link the link stays the place to look at
        if own and self._leaves_volume(mapped, fact):
            self._fail(f"no such file or directory (the subPath leads out of the volume, to {fact.real})")
        elif fact.target and not own:
            return self._follow(at, fact.target)
        elif fact.kind == "loop":
            self._fail("too many levels of symbolic links")
        elif fact.kind in ("absent", "outside"):
            self._fail("no such file or directory")
        elif self._left and fact.kind != "folder":
            self._fail("not a directory")
        elif self._links and not self._left:
            self.where = Where(mapped.node_path)
        return at

    def _leaves_volume(self, mapped: Mapped, fact: FileFact) -> bool:
        """Whether a subPath is a symlink out of its volume, with which the kubelet makes no container."""
        if not mapped.mount or not mapped.mount.sub_path or not mapped.volume or not fact.real:
            return False
        source = self._read(clean(mapped.volume.host_path or "/"))
        return not below(fact.real, source.real or source.path)

    def _not_mounted(self, at: str, mapped: Mapped) -> str:
        """A folder that only leads to a mount; else it is not there, as far as anybody can know."""
        if mapped.mount is None and any(below(clean(mount.path), at) for mount in self._pod.mounts):
            self.fact = FileFact(at, "folder", real=at)
            return at
        if not self._links:
            self.where = Where(self._pod.path, mapped.line, "volumeMounts")
            self.fact = None
        self._fail(f"no such file or directory ({mapped.reason})")
        return at

    def _follow(self, at: str, target: str) -> str:
        self._links += 1
        self._link = f"{at} is a symlink to {target}"
        if self._links > MAX_LINKS:
            self._fail("too many levels of symbolic links")
        self._left += _components(target)
        return "/" if target.startswith("/") else posixpath.dirname(at)

    def _fail(self, why: str) -> None:
        self.error = f"open {self.path}: {why}" + (f": {self._link}" if self._link else "")


def _not_a_file(path: str, fact: FileFact | None) -> str:
    """What reading something else than a regular file answers; "" for a file."""
    if fact is None or fact.kind == "folder":
        return f"read {path}: is a directory"
    return "" if fact.kind == "file" else f"open {path}: {kind_text(fact)}"


def _components(path: str) -> list[str]:
    """The path's names, last one first; a final slash asks for a folder, as a final `/.` does."""
    names = [name for name in path.split("/") if name]
    if path.endswith("/"):
        names.append(".")
    return names[::-1]
