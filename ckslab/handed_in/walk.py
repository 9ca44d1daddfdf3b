"""Resolves a path inside a handed-in tree as the node's kernel would: symlinks, `..`, errors."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass

from ckslab.handed_in.tree import MAX_DEPTH, MAX_NAME, MAX_PATH, Cursor, Entry

MAX_LINKS = 40  # MAXSYMLINKS of Linux (include/linux/namei.h)
_MAX_STEPS = 2048  # components of one resolution: what the kernel takes of one path, here links included


@dataclass(frozen=True, slots=True)
class Found:
    """Where a path ends. The cursor stands in it if it is a folder, else in the folder that holds it."""

    parts: tuple[bytes, ...]
    entry: Entry


class Walker:
    """Follows one path after the other, with a cursor that nobody else moves, at first in its root.

    It goes from where the last path ended as far as that is on the way: most paths asked for are neighbours.
    """

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._parts: list[bytes] = []  # the folders that it stands in, by their real names
        self._pending: list[bytes] = []  # the components that are left, last one first
        self.target = b""
        """What the symlink says that the last path names, whatever is behind it; empty where it names none."""

    def walk(self, path: bytes) -> Found:
        """Follow an absolute path from the root; nothing that a link says leads out of it.

        Raises OSError as open(2) would: ENOENT, ENOTDIR, ELOOP (more than 40 links), ENAMETOOLONG, EACCES.
        """
        self.target = b""
        if len(path) > MAX_PATH:
            raise failure(errno.ENAMETOOLONG)
        cursor, links = self._cursor, 0
        self._pending = _components(path)
        self._go_back()
        for _ in range(_MAX_STEPS):
            if not self._pending:
                return Found(tuple(self._parts), cursor.here())
            name = self._pending.pop()
            if name == b"..":
                self._up()
            elif name != b".":
                entry = self._look(name)
                if entry.kind == "link":
                    links += 1
                    if not self._pending and not self.target:  # the first that nothing is left after
                        self.target = entry.target
                    self._follow(entry.target, links)
                elif entry.kind == "folder":
                    self._enter(name)
                elif self._pending:
                    raise failure(errno.ENOTDIR)
                else:
                    return Found((*self._parts, name), entry)
        raise failure(errno.ENAMETOOLONG)

    def _go_back(self) -> None:
        """Up to the last folder that is on the way; its components are done with."""
        common = 0
        while self._pending and common < len(self._parts) and self._pending[-1] == self._parts[common]:
            self._pending.pop()
            common += 1
        if common == 0:
            self._home()
        while len(self._parts) > common:
            self._up()

    def _home(self) -> None:
        self._cursor.home()
        self._parts.clear()

    def _up(self) -> None:
        if self._parts:
            self._cursor.up()
            self._parts.pop()

    def _look(self, name: bytes) -> Entry:
        if len(name) > MAX_NAME:
            raise failure(errno.ENAMETOOLONG)
        return self._cursor.look(name)

    def _follow(self, target: bytes, links: int) -> None:
        if links > MAX_LINKS:
            raise failure(errno.ELOOP)
        if not target:
            raise failure(errno.ENOENT)
        if len(target) > MAX_PATH:
            raise failure(errno.ENAMETOOLONG)
        if target.startswith(b"/"):
            self._home()
        self._pending += _components(target)

    def _enter(self, name: bytes) -> None:
        if len(self._parts) >= MAX_DEPTH:
            raise OSError(errno.ENAMETOOLONG, f"more than {MAX_DEPTH} folders deep")
        self._cursor.enter(name)
        self._parts.append(name)


def walk(cursor: Cursor, path: bytes) -> Found:
    """Follow one path from the root; see `Walker`."""
    cursor.home()
    return Walker(cursor).walk(path)


def failure(number: int) -> OSError:
    """The OSError of an errno, with the system's words for it."""
    return OSError(number, os.strerror(number))


def _components(path: bytes) -> list[bytes]:
    """The path's names, last one first; a final slash asks for a folder, as a final `/.` does."""
    names = [name for name in path.split(b"/") if name]
    if path.endswith(b"/"):
        names.append(b".")
    return names[::-1]
