"""What a handed-in folder and a handed-in archive have in common: a tree to walk one step at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

MAX_NAME = 255
"""Bytes in one name, as on Linux file systems (NAME_MAX)."""

MAX_PATH = 4095
"""Bytes in a path or a symlink's target (PATH_MAX without the final NUL)."""

MAX_DEPTH = 128
"""Folders inside one another. The kernel has no such limit; it bounds descriptors and memory."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What lies under a name, not followed: `target` is a symlink's.

    `mode` are the permission bits, None where an archive tells none.
    """

    kind: Literal["file", "folder", "link", "fifo", "socket", "device"]
    mode: int | None
    uid: int
    size: int = 0
    target: bytes = b""


class Cursor(Protocol):
    """Stands in one folder of a tree, at first in its root. Names are single components, never `..`.

    All methods raise OSError with an errno, as the system calls that they stand for.
    """

    def here(self) -> Entry:
        """The folder that it stands in."""

    def look(self, name: bytes) -> Entry:
        """An entry of the folder; never opens it."""

    def enter(self, name: bytes) -> None:
        """Go into a subfolder; a symlink is refused."""

    def up(self) -> None:
        """Go back to the folder that this one was entered from; not to be called in the root."""

    def home(self) -> None:
        """Go back to the root."""

    def names(self, limit: int) -> list[bytes]:
        """Names of the folder, `limit` at most, in any order."""

    def read(self, name: bytes, limit: int) -> bytes:
        """The first `limit` bytes of a regular file; anything else is refused."""

    def close(self) -> None:
        """Give back what it holds open."""


class Tree(Protocol):
    """A root that a cursor cannot leave."""

    def cursor(self) -> Cursor:
        """A new cursor in the root; OSError when it cannot be opened."""

    def below(self, name: bytes) -> Tree:
        """The tree whose root is that subfolder."""
