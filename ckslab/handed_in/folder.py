"""A handed-in folder, walked by directory descriptors: no path, link or race leads out of it."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ckslab.handed_in.tree import Entry
from ckslab.handed_in.walk import failure

# O_PATH (Linux) asks for the right to pass through, not to list: as the kernel does for a path.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY
_LIST = os.O_RDONLY | os.O_DIRECTORY
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY


@dataclass(frozen=True, slots=True)
class FolderTree:
    """The tree in the folder `path` (a person's own words, so links in it are followed), then `inside`."""

    path: Path
    inside: tuple[bytes, ...] = ()

    def cursor(self) -> FolderCursor:
        """A new cursor in the root; OSError when it cannot be opened."""
        descriptor = os.open(self.path, _FOLDER)
        for name in self.inside:
            try:
                inner = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
            finally:
                os.close(descriptor)
            descriptor = inner
        return FolderCursor(descriptor)

    def below(self, name: bytes) -> FolderTree:
        """The tree whose root is that subfolder."""
        return FolderTree(self.path, (*self.inside, name))


class FolderCursor:
    """Holds a descriptor of each folder from the root to where it stands, so `..` is never opened."""

    def __init__(self, root: int) -> None:
        self._way = [root]

    def here(self) -> Entry:
        """The folder that it stands in."""
        return _entry(os.fstat(self._way[-1]), b"")

    def look(self, name: bytes) -> Entry:
        """An entry of the folder; never opens it."""
        state = os.stat(name, dir_fd=self._way[-1], follow_symlinks=False)
        link = stat.S_ISLNK(state.st_mode)
        return _entry(state, os.readlink(name, dir_fd=self._way[-1]) if link else b"")

    def enter(self, name: bytes) -> None:
        """Go into a subfolder; a symlink is refused, also one that has just taken its place."""
        self._way.append(os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=self._way[-1]))

    def up(self) -> None:
        """Go back to the folder that this one was entered from."""
        os.close(self._way.pop())

    def home(self) -> None:
        """Go back to the root."""
        while len(self._way) > 1:
            self.up()

    def names(self, limit: int) -> list[bytes]:
        """Names of the folder, `limit` at most, in the file system's order."""
        descriptor = os.open(".", _LIST, dir_fd=self._way[-1])
        try:
            with os.scandir(descriptor) as entries:
                return [os.fsencode(entry.name) for entry in islice(entries, limit)]
        finally:
            os.close(descriptor)

    def read(self, name: bytes, limit: int) -> bytes:
        """The first `limit` bytes of what `look` called a regular file.

        A symlink that has just taken its place is refused. Opening a pipe that has does not wait
        (O_NONBLOCK), and it is not read.
        """
        try:
            descriptor = os.open(name, _FILE, dir_fd=self._way[-1])
        except OSError as error:
            raise (_changed() if error.errno == errno.ELOOP else error) from None
        try:
            state = os.fstat(descriptor)
            if not stat.S_ISREG(state.st_mode):
                raise _changed()
            parts = []
            # A byte more than its size, to see its end; most files are small, and `limit` is not.
            while limit > 0 and (part := os.read(descriptor, min(limit, max(state.st_size, 4095) + 1))):
                parts.append(part)
                limit -= len(part)
            return b"".join(parts)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Close all descriptors."""
        while self._way:
            with suppress(OSError):
                self.up()


def _changed() -> OSError:
    return OSError(errno.EIO, "it was replaced while it was read")


def _entry(state: os.stat_result, target: bytes) -> Entry:
    mode = stat.S_IMODE(state.st_mode)
    match stat.S_IFMT(state.st_mode):
        case stat.S_IFREG:
            return Entry("file", mode, state.st_uid, state.st_size)
        case stat.S_IFDIR:
            return Entry("folder", mode, state.st_uid)
        case stat.S_IFLNK:
            return Entry("link", mode, state.st_uid, target=target)
        case stat.S_IFIFO:
            return Entry("fifo", mode, state.st_uid)
        case stat.S_IFSOCK:
            return Entry("socket", mode, state.st_uid)
        case stat.S_IFCHR | stat.S_IFBLK:
            return Entry("device", mode, state.st_uid)
    raise failure(errno.EINVAL)
