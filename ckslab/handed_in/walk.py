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


def walk(cursor: Cursor, path: bytes) -> Found:
    """Follow an absolute path from the cursor's root; nothing that a link says leads out of it.

    Raises OSError as open(2) would: ENOENT, ENOTDIR, ELOOP (more than 40 links), ENAMETOOLONG, EACCES.
    """
    if len(path) > MAX_PATH:
        raise failure(errno.ENAMETOOLONG)
    cursor.home()
    parts: list[bytes] = []
    pending = _components(path)
    links = 0
    for _ in range(_MAX_STEPS):
        if not pending:
            return Found(tuple(parts), cursor.here())
        name = pending.pop()
        if name == b"..":
            if parts:
                cursor.up()
                parts.pop()
        elif name != b".":
            entry = _look(cursor, name)
            if entry.kind == "link":
                links += 1
                _follow(cursor, entry.target, links, parts, pending)
            elif entry.kind == "folder":
                _enter(cursor, name, parts)
            elif pending:
                raise failure(errno.ENOTDIR)
            else:
                return Found((*parts, name), entry)
    raise failure(errno.ENAMETOOLONG)


def failure(number: int) -> OSError:
    """The OSError of an errno, with the system's words for it."""
    return OSError(number, os.strerror(number))


def _components(path: bytes) -> list[bytes]:
    """The path's names, last one first; a final slash asks for a folder, as a final `/.` does."""
    names = [name for name in path.split(b"/") if name]
    if path.endswith(b"/"):
        names.append(b".")
    return names[::-1]


def _look(cursor: Cursor, name: bytes) -> Entry:
    if len(name) > MAX_NAME:
        raise failure(errno.ENAMETOOLONG)
    return cursor.look(name)


def _follow(cursor: Cursor, target: bytes, links: int, parts: list[bytes], pending: list[bytes]) -> None:
    if links > MAX_LINKS:
        raise failure(errno.ELOOP)
    if not target:
        raise failure(errno.ENOENT)
    if len(target) > MAX_PATH:
        raise failure(errno.ENAMETOOLONG)
    if target.startswith(b"/"):
        cursor.home()
        parts.clear()
    pending += _components(target)


def _enter(cursor: Cursor, name: bytes, parts: list[bytes]) -> None:
    if len(parts) >= MAX_DEPTH:
        raise OSError(errno.ENAMETOOLONG, f"more than {MAX_DEPTH} folders deep")
    cursor.enter(name)
    parts.append(name)
