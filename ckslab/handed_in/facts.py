"""Makes facts of handed-in files: the same ones that a live node's own reader gives."""

from __future__ import annotations

import errno
import hashlib
from dataclasses import replace

from ckslab.handed_in.tree import Cursor
from ckslab.handed_in.walk import Found, Walker, failure
from ckslab.kubernetes.node_file import (
    MAX_ENTRIES,
    MAX_FILE_BYTES,
    FileFact,
    FolderFact,
    path_bytes,
    path_text,
)

MAX_CONTENT = 64 << 20
"""Bytes of content that one reader gives: links can name the same file many thousand times."""


class FactReader:
    """Reads facts of one tree through its cursor, each path once."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._walker = Walker(cursor)
        self._left = MAX_CONTENT
        self._known: dict[bytes, tuple[FileFact, list[bytes]]] = {}

    def file(self, path: str) -> FileFact:
        """The fact of an absolute node path."""
        return self._file(path)[0]

    def folder(self, path: str) -> FolderFact:
        """The fact of a folder and of each entry; of anything but a folder, without entries."""
        folder, names = self._file(path)
        parent = path_bytes(path).rstrip(b"/") if names else b""
        return FolderFact(folder, {path_text(name): self._at(parent + b"/" + name)[0] for name in names})

    def _file(self, path: str) -> tuple[FileFact, list[bytes]]:
        try:
            raw = path_bytes(path)
        except UnicodeEncodeError:
            raw = b"\0"
        if not raw.startswith(b"/") or b"\0" in raw:
            return FileFact(path, "unreadable", reason="not an absolute path"), []
        return self._at(raw)

    def _at(self, path: bytes) -> tuple[FileFact, list[bytes]]:
        """A path's fact, and the names in it as they are (those of the fact are texts)."""
        if path not in self._known:
            self._known[path] = self._fact(path)
        return self._known[path]

    def _fact(self, path: bytes) -> tuple[FileFact, list[bytes]]:
        fact, names = self._followed(path)
        target = self._walker.target
        return (replace(fact, target=path_text(target)) if target else fact), names

    def _followed(self, path: bytes) -> tuple[FileFact, list[bytes]]:
        fact = FileFact(path_text(path), "absent")
        try:
            found = self._walker.walk(path)
            fact = _of_entry(fact, found)
            if fact.kind == "folder":
                names = sorted(self._cursor.names(MAX_ENTRIES))
                return replace(fact, entries=tuple(map(path_text, names))), names
            return (self._with_content(fact, found) if fact.kind == "file" else fact), []
        except OSError as error:
            return _of_error(fact, error), []

    def _with_content(self, fact: FileFact, found: Found) -> FileFact:
        if found.entry.size > MAX_FILE_BYTES:
            return replace(fact, kind="too-large")
        if found.entry.size > self._left:
            raise OSError(errno.EFBIG, f"the files asked for hold more than {MAX_CONTENT >> 20} MiB")
        data = self._cursor.read(found.parts[-1], MAX_FILE_BYTES + 1)
        self._left -= len(data)
        if len(data) > MAX_FILE_BYTES:
            return replace(fact, kind="too-large")
        size, digest = len(data), hashlib.sha256(data).hexdigest()
        known = (fact.path, fact.kind, fact.real, fact.mode, fact.uid, size, digest)
        try:
            return FileFact(*known, text=data.decode("utf-8"), encoding="utf-8")
        except UnicodeDecodeError:
            return FileFact(*known, encoding="binary")


def _of_entry(fact: FileFact, found: Found) -> FileFact:
    entry = found.entry
    if entry.kind == "link":  # `walk` follows links to their end
        raise failure(errno.ELOOP)
    real = path_text(b"/" + b"/".join(found.parts))
    # A folder's size is its file system's affair, and a tar has none.
    size = entry.size if entry.kind == "file" else 0
    return FileFact(fact.path, entry.kind, real, entry.mode, entry.uid, size)


def _of_error(fact: FileFact, error: OSError) -> FileFact:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return FileFact(fact.path, "absent")
    if error.errno == errno.ELOOP:
        return FileFact(fact.path, "loop")
    return replace(fact, kind="unreadable", reason=error.strerror or str(error))
