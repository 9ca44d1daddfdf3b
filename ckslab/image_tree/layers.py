"""Layers, one over the other, as containerd applies them (pkg/archive/tar.go): whiteouts, links on the way.

A name never leads out of the tree: it is cleaned below its root, and a link on its way is followed within it.
"""

from __future__ import annotations

import hashlib
import posixpath
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from io import BytesIO

from ckslab.image_tree.image import Entry, Unreadable

MAX_ENTRIES = 100_000
MAX_LINKS = 40
"""On the way of one name, as Linux has it (MAXSYMLINKS)."""
MAX_DEPTH = 200

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"

_FOLDER = Entry("folder", 0o755)
_COMPILERS = (b"tcc version", b"GNU C%s %s", b"clang version", b"Go Linker", b"cmd/compile/internal")
"""Words that are in the programs of compilers, under whatever name they lie."""

_SHELL = (b"OPTIND", b"PS1", b"PS4", b"IFS")
"""Variables of every POSIX shell (IEEE 1003.1, 2.5.3): all of these stand in bash, dash, zsh, mksh and busybox."""

_LISTS = {"passwd": 64 << 10, "group": 64 << 10, "installed": 1 << 20}
"""Files whose text is kept, by their own name, with as many bytes as they may have."""


@dataclass(slots=True)
class _Node:
    entry: Entry
    children: dict[str, _Node] = field(default_factory=dict)
    layer: int = 0


class Tree:
    """Files that layers leave, each layer applied in turn."""

    def __init__(self) -> None:
        self._root = _Node(_FOLDER)
        self._layer = 0
        self._entries = 0

    def apply(self, layer: bytes) -> None:
        """Apply one layer, a tar. Unreadable where it is none, or has too much in it."""
        self._layer += 1
        try:
            with tarfile.open(fileobj=BytesIO(layer), mode="r:") as archive:
                for member in archive:
                    self._entries += 1
                    if self._entries > MAX_ENTRIES:
                        raise Unreadable(f"the image has more than {MAX_ENTRIES} files")
                    self._add(archive, member)
        except (tarfile.TarError, ValueError, OSError, EOFError, RecursionError) as error:
            if not layer.strip(b"\0"):
                return  # a layer without a file
            raise Unreadable(f"layer {self._layer} is no tar: {error}") from error

    def files(self) -> dict[str, Entry]:
        """All that there is now, by absolute path; the root is left out."""
        found: dict[str, Entry] = {}
        todo: list[tuple[str, _Node]] = [("", self._root)]
        while todo:
            path, node = todo.pop()
            for name, child in node.children.items():
                found[f"{path}/{name}"] = child.entry
                todo.append((f"{path}/{name}", child))
        return found

    def _add(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        folder, name = posixpath.split(posixpath.normpath(f"/{member.name}"))
        parent = self._folder(folder)
        if not name:
            return
        if name == OPAQUE:
            parent.children = {key: one for key, one in parent.children.items() if one.layer == self._layer}
        elif name.startswith(WHITEOUT):
            parent.children.pop(name.removeprefix(WHITEOUT), None)
        else:
            self._put(parent, name, self._entry(archive, member))

    def _put(self, parent: _Node, name: str, entry: Entry) -> None:
        old = parent.children.get(name)
        kept = old.children if old and old.entry.kind == entry.kind == "folder" else {}
        parent.children[name] = _Node(entry, kept, self._layer)

    def _entry(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
        entry = Entry("other", member.mode & 0o7777, member.uid, member.gid)
        if member.isdir():
            return replace(entry, kind="folder")
        if member.issym():
            return replace(entry, kind="link", mode=0o777, target=member.linkname[:4096])
        if member.islnk():
            folder, name = posixpath.split(posixpath.normpath(f"/{member.linkname}"))
            linked = self._folder(folder).children.get(name)
            if linked is None:
                raise Unreadable(f"layer {self._layer} links to {member.linkname[:200]}, which is not there")
            return linked.entry
        if not member.isfile():
            return entry
        content = archive.extractfile(member)
        held = content.read() if content else b""
        is_program = held.startswith(b"\x7fELF")
        compiler = is_program and any(word in held for word in _COMPILERS)
        digest = hashlib.sha256(held).hexdigest()
        shell = is_program and (all(word in held for word in _SHELL) or b"BusyBox v" in held)
        listed = len(held) <= _LISTS.get(posixpath.basename(member.name), -1)
        text = held.decode(errors="replace") if listed else ""
        entry = replace(entry, kind="file", size=len(held), sha256=digest)
        return replace(entry, compiler=compiler, shell=shell, text=text)

    def _folder(self, path: str) -> _Node:
        """The folder of that name, links followed, made where it is missing."""
        way = [part for part in path.split("/") if part][::-1]
        stack, links = [self._root], 0
        while way:
            part = way.pop()
            if part == "..":
                stack = stack[:-1] or [self._root]
                continue
            if part == ".":
                continue
            child = stack[-1].children.get(part)
            if child is not None and child.entry.kind == "link":
                links += 1
                target = child.entry.target
                way += [step for step in target.split("/") if step][::-1]
                if links > MAX_LINKS or len(way) > MAX_DEPTH:
                    raise Unreadable(f"layer {self._layer} has links that lead round in circles")
                stack = [self._root] if target.startswith("/") else stack
                continue
            if child is None or child.entry.kind != "folder":
                child = stack[-1].children[part] = _Node(_FOLDER, layer=self._layer)
            stack.append(child)
            if len(stack) > MAX_DEPTH:
                raise Unreadable(f"layer {self._layer} has folders in more than {MAX_DEPTH} others")
        return stack[-1]


def tree_of(layers: Iterable[bytes]) -> dict[str, Entry]:
    """The files that these layers leave, the lowest first."""
    tree = Tree()
    for layer in layers:
        tree.apply(layer)
    return tree.files()
