"""A handed-in archive as a tree in memory: nothing of it is ever written to disk."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field, replace
from itertools import islice

from ckslab.handed_in.members import MAX_MEMBERS, Member
from ckslab.handed_in.stream import ArchiveProblem
from ckslab.handed_in.tree import MAX_DEPTH, MAX_NAME, MAX_PATH, Entry
from ckslab.handed_in.walk import failure

_NO_CONTENT = "it is stored sparse in the tar; make the tar without --sparse"


@dataclass(slots=True)
class Node:
    """A file, link or folder of the archive. `data` is None for what is no file, too large or stored sparse."""

    entry: Entry
    data: bytes | None = None
    children: dict[bytes, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MemoryTree:
    """The tree from one folder of the archive on."""

    root: Node

    def cursor(self) -> MemoryCursor:
        """A new cursor in the root."""
        return MemoryCursor(self.root)

    def below(self, name: bytes) -> MemoryTree:
        """The tree whose root is that subfolder."""
        return MemoryTree(self.root.children[name])


class MemoryCursor:
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
        """Names of the folder, `limit` at most, in the archive's order."""
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


class Growing:
    """The tree while members are laid into it, one after the other.

    Of two members of one name the last counts. Left out, as GNU tar does when it unpacks: names with `..`, hard
    links to what is not there before them; and names longer than the kernel takes.
    """

    def __init__(self) -> None:
        self.root = _folder()
        self._count = 0
        self._left_out: list[bytes] = []

    @property
    def notes(self) -> list[str]:
        """A sentence on the members that were left out, none if all are there."""
        if not self._left_out:
            return []
        first, count = repr(self._left_out[0][:200].decode("utf-8", "replace")), len(self._left_out)
        lead = f"{count} members of the archive lead" if count > 1 else "1 member of the archive leads"
        were = "were left out, first" if count > 1 else "was left out:"
        return [f"{lead} nowhere inside it and {were} {first}."]

    def add(self, member: Member) -> None:
        """Lay a member into the tree, if it has a place there."""
        if not self._laid(member):
            self._left_out.append(member.name)

    def _laid(self, member: Member) -> bool:
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
            raise ArchiveProblem(f"it has more than {MAX_MEMBERS} files and folders")
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
