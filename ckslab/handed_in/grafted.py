"""A tree that lies some folders below the node's root: the folders above it hold nothing else."""

from __future__ import annotations

import errno
from dataclasses import dataclass

from ckslab.handed_in.tree import Cursor, Entry, Tree
from ckslab.handed_in.walk import failure

_ABOVE = Entry("folder", 0o755, 0)


@dataclass(frozen=True, slots=True)
class GraftedTree:
    """`tree` as the folder at these names below the root."""

    tree: Tree
    names: tuple[bytes, ...]

    def cursor(self) -> Cursor:
        """A new cursor in the root; OSError when the tree cannot be opened."""
        inner = self.tree.cursor()
        return _GraftedCursor(inner, self.names) if self.names else inner

    def below(self, name: bytes) -> Tree:
        """The tree whose root is that subfolder."""
        return GraftedTree(self.tree, self.names[1:]) if self.names else self.tree.below(name)


class _GraftedCursor:
    """Stands above the tree (`_down` of the names gone) or, where all are gone, where the inner cursor does."""

    def __init__(self, inner: Cursor, names: tuple[bytes, ...]) -> None:
        self._inner, self._names = inner, names
        self._down = self._inside = 0

    def here(self) -> Entry:
        """The folder that it stands in."""
        return _ABOVE if self._above else self._inner.here()

    def look(self, name: bytes) -> Entry:
        """An entry of the folder."""
        if not self._above:
            return self._inner.look(name)
        if name != self._names[self._down]:
            raise failure(errno.ENOENT)
        return _ABOVE if self._down + 1 < len(self._names) else self._inner.here()

    def enter(self, name: bytes) -> None:
        """Go into a subfolder."""
        if self._above:
            self.look(name)
            self._down += 1
        else:
            self._inner.enter(name)
            self._inside += 1

    def up(self) -> None:
        """Go back to the folder that this one was entered from."""
        if self._inside:
            self._inner.up()
            self._inside -= 1
        else:
            self._down -= 1

    def home(self) -> None:
        """Go back to the root."""
        self._inner.home()
        self._down = self._inside = 0

    def names(self, limit: int) -> list[bytes]:
        """Names of the folder."""
        return [self._names[self._down]][:limit] if self._above else self._inner.names(limit)

    def read(self, name: bytes, limit: int) -> bytes:
        """The first `limit` bytes of a regular file."""
        if self._above:
            raise failure(errno.EISDIR)
        return self._inner.read(name, limit)

    def close(self) -> None:
        """Close the inner cursor."""
        self._inner.close()

    @property
    def _above(self) -> bool:
        return self._down < len(self._names)
