"""A handed-in tar as a tree in memory: nothing of it is ever written to disk."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from ckslab.errors import UsageError
from ckslab.handed_in.members import MAX_MEMBERS, Member, members
from ckslab.handed_in.stream import TarProblem, Unpacked
from ckslab.handed_in.tree import MAX_DEPTH, MAX_NAME, MAX_PATH, Entry
from ckslab.handed_in.walk import failure

_NO_CONTENT = "it is stored sparse in the tar; make the tar without --sparse"


@dataclass(slots=True)
class Node:
    """A file, link or folder of the tar. `data` is None for what is no file, too large or stored sparse."""

    entry: Entry
    data: bytes | None = None
    children: dict[bytes, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TarTree:
    """The tree from one folder of the tar on."""

    root: Node

    def cursor(self) -> TarCursor:
        """A new cursor in the root."""
        return TarCursor(self.root)

    def below(self, name: bytes) -> TarTree:
        """The tree whose root is that subfolder."""
        return TarTree(self.root.children[name])


class TarCursor:
    """Walks nodes as a FolderCursor walks folders, with the same errors."""

    def __init__(self, root: Node) -> None:
        self._way = [root]

    def here(self) -> Entry:
        """The folder that it stands in."""
        return self._way[-1].entry

    def look(self, name: bytes) -> Entry:
        """An entry of the folder."""
        return self._child(name).entry

    def enter(self, name: bytes) -> None:
        """Go into a subfolder."""
        child = self._child(name)
        if child.entry.kind != "folder":
            raise failure(errno.ENOTDIR)
        self._way.append(child)

    def up(self) -> None:
        """Go back to the folder that this one was entered from."""
        self._way.pop()

    def home(self) -> None:
        """Go back to the root."""
        del self._way[1:]

    def names(self, limit: int) -> list[bytes]:
        """Names of the folder, `limit` at most, in the tar's order."""
        return list(islice(self._way[-1].children, limit))

    def read(self, name: bytes, limit: int) -> bytes:
        """The first `limit` bytes of a regular file."""
        child = self._child(name)
        if child.data is None:
            raise OSError(errno.EIO, _NO_CONTENT)
        return child.data[:limit]

    def close(self) -> None:
        """Nothing is held open."""

    def _child(self, name: bytes) -> Node:
        child = self._way[-1].children.get(name)
        if child is None:
            raise failure(errno.ENOENT)
        return child


def read_tar(path: Path) -> tuple[TarTree, list[str]]:
    """The tree in a tar file, and notes on members that were left out.

    Of two members of one name the last counts. Left out, as GNU tar does when it unpacks: names with
    `..`, hard links to what is not there before them; and names longer than the kernel takes.
    UsageError when it is no tar, incomplete, damaged or larger than the limits.
    """
    try:
        with path.open("rb") as file:
            return _tree(Unpacked(file))
    except TarProblem as problem:
        raise UsageError(
            f"{path}: {problem}",
            advice="Make it again: tar -czf node.tar.gz -C FOLDER etc (FOLDER being the node's root).",
        ) from problem


def _tree(stream: Unpacked) -> tuple[TarTree, list[str]]:
    growing = _Growing()
    left_out: list[bytes] = []
    left_out += [member.name for member in members(stream) if not growing.add(member)]
    if not left_out:
        return TarTree(growing.root), []
    first = repr(left_out[0][:200].decode("utf-8", "replace"))
    lead = f"{len(left_out)} members of the tar lead" if len(left_out) > 1 else "1 member of the tar leads"
    were = "were left out, first" if len(left_out) > 1 else "was left out:"
    note = f"{lead} nowhere inside it and {were} {first}."
    return TarTree(growing.root), [note]


class _Growing:
    """The tree while members are laid into it, one after the other."""

    def __init__(self) -> None:
        self.root = _folder()
        self._count = 0

    def add(self, member: Member) -> bool:
        """Lay a member into the tree; False if it has no place there."""
        parts = _parts(member.name)
        if parts is None:
            return False
        node = self._node(member)
        if node is None:
            return False
        if not parts:
            if node.entry.kind == "folder":
                self.root.entry = node.entry
            return node.entry.kind == "folder"
        self._put(parts, node)
        return True

    def _node(self, member: Member) -> Node | None:
        if member.kind == "hard-link":
            return self._linked(member.target)
        entry = Entry(member.kind, member.mode, member.uid, member.size)
        if member.kind == "link":
            entry = replace(entry, size=0, target=member.target)
        return Node(entry, member.data)

    def _linked(self, target: bytes) -> Node | None:
        """The very node that a hard link names: a name in the tar, no path to be resolved."""
        node: Node | None = self.root
        for name in _parts(target) or ():
            node = node.children.get(name) if node is not None else None
        return node if node is not None and node.entry.kind != "folder" else None

    def _put(self, parts: tuple[bytes, ...], node: Node) -> None:
        folder = self.root
        for name in parts[:-1]:
            child = folder.children.get(name)
            if child is None or child.entry.kind != "folder":
                child = self._lay(folder, name, _folder())
            folder = child
        old = folder.children.get(parts[-1])
        if old is not None and old.entry.kind == node.entry.kind == "folder":
            old.entry = node.entry
        else:
            self._lay(folder, parts[-1], node)

    def _lay(self, folder: Node, name: bytes, node: Node) -> Node:
        self._count += name not in folder.children
        if self._count > MAX_MEMBERS:
            raise TarProblem(f"it has more than {MAX_MEMBERS} files and folders")
        folder.children[name] = node
        return node


def _folder() -> Node:
    return Node(Entry("folder", 0o755, 0))


def _parts(name: bytes) -> tuple[bytes, ...] | None:
    """A member's place below the root, leading `/` and `./` taken off; None if it has none."""
    parts = tuple(part for part in name.split(b"/") if part not in (b"", b"."))
    if len(name) > MAX_PATH or b"\0" in name or b".." in parts or len(parts) > MAX_DEPTH:
        return None
    return parts if all(len(part) <= MAX_NAME for part in parts) else None
