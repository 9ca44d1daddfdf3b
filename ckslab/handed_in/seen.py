"""A tree that remembers what was looked at in it: so an archive can hold what grading reads, and nothing else."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field, replace

from ckslab.handed_in.tree import Cursor, Entry, Tree

Parts = tuple[bytes, ...]


@dataclass
class Seen:
    """What was looked at, by the names on its way from the root.

    entries: what lies there. data: the content of files that were read. listed: folders whose names were asked
    for, and named: what lies under those. absent: where nothing lies.
    """

    entries: dict[Parts, Entry] = field(default_factory=dict)
    named: dict[Parts, Entry] = field(default_factory=dict)
    data: dict[Parts, bytes] = field(default_factory=dict)
    listed: set[Parts] = field(default_factory=set)
    absent: set[Parts] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class SeenTree:
    """A tree as it is; what its cursors meet goes into `seen`."""

    tree: Tree
    seen: Seen
    way: Parts = ()

    def cursor(self) -> Cursor:
        """A new cursor in the root."""
        return _SeenCursor(self.tree.cursor(), self.seen, self.way)

    def below(self, name: bytes) -> Tree:
        """The tree whose root is that subfolder."""
        return replace(self, tree=self.tree.below(name), way=(*self.way, name))


class _SeenCursor:
    """A cursor that notes what it meets."""

    def __init__(self, inner: Cursor, seen: Seen, root: Parts) -> None:
        self._inner, self._seen, self._root = inner, seen, root
        self._way = root

    def here(self) -> Entry:
        """The folder that it stands in."""
        return self._inner.here()

    def look(self, name: bytes) -> Entry:
        """An entry of the folder."""
        way = (*self._way, name)
        try:
            entry = self._inner.look(name)
        except OSError as error:
            if error.errno == errno.ENOENT:
                self._seen.absent.add(way)
            raise
        self._seen.entries[way] = entry
        return entry

    def enter(self, name: bytes) -> None:
        """Go into a subfolder."""
        self._inner.enter(name)
        self._way = (*self._way, name)

    def up(self) -> None:
        """Go back to the folder that this one was entered from."""
        self._inner.up()
        self._way = self._way[:-1]

    def home(self) -> None:
        """Go back to the root."""
        self._inner.home()
        self._way = self._root

    def names(self, limit: int) -> list[bytes]:
        """Names of the folder."""
        self._seen.listed.add(self._way)
        names = self._inner.names(limit)
        self._seen.named.update({(*self._way, name): self._inner.look(name) for name in names})
        return names

    def read(self, name: bytes, limit: int) -> bytes:
        """The first `limit` bytes of a regular file."""
        data = self._inner.read(name, limit)
        self._seen.data[*self._way, name] = data
        return data

    def close(self) -> None:
        """Close the inner cursor."""
        self._inner.close()
