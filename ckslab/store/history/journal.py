"""The journal on disk: lines are appended whole or not at all; one that cannot be read is skipped and kept."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from ckslab.errors import LabError
from ckslab.store.disk import as_lab_error
from ckslab.store.history.entry import MAX_LINE, Entry, line_of
from ckslab.store.home import home
from ckslab.store.lock import locked
from ckslab.whole_file import sync_folder

FILE = "history.jsonl"


@contextmanager
def held() -> Iterator[Path]:
    """The journal's path, while nobody else writes to it."""
    path = home() / FILE
    with locked("history", what=f"{path}", wait=10.0):
        yield path


def append(path: Path, entries: Sequence[Entry]) -> None:
    """Add lines; the caller holds it. LabError: nothing was added, and what stood there is as it was.

    A last line without an end, which a kill may leave, stays as it is: the new ones begin on a line of their own.
    """
    lines = [line_of(entry) for entry in entries]
    if any(len(line) > MAX_LINE for line in lines):
        raise LabError(f"{path}: a grading takes more than {MAX_LINE} bytes")
    with as_lab_error(f"cannot write {path}"):
        number = os.open(
            path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600
        )
        try:
            _write(path, number, b"".join(lines))
        finally:
            os.close(number)


def _write(path: Path, number: int, data: bytes) -> None:
    found = os.fstat(number)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "is not a file")
    size = found.st_size
    if size and os.pread(number, 1, size - 1) != b"\n":
        data = b"\n" + data
    try:
        written = os.write(number, data)
        if written < len(data):  # what a full disk still takes
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(number)
        if not size:
            sync_folder(path.parent)
    except BaseException:
        os.ftruncate(number, size)
        raise


Line = tuple[int, Entry | None]
"""Its number, from 1, and what it says; None where it cannot be read."""


def read(path: Path) -> Iterator[Line]:
    """Each line in order, but for empty ones; nothing where no file is.

    LabError: the file as a whole cannot be read.
    """
    with as_lab_error(f"cannot read {path}"):
        try:
            number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        with os.fdopen(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise OSError(errno.EINVAL, "is not a file")
            yield from lines_of(file)


def lines_of(file: BinaryIO) -> Iterator[Line]:
    """The same of an open file; no more than one line is in memory, and of a longer one than may be a part."""
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        whole = len(line) <= MAX_LINE
        while not line.endswith(b"\n") and (rest := file.readline(MAX_LINE)):
            line, whole = rest, False
        if not whole:
            yield number, None
        elif line.strip():
            try:
                yield number, Entry.model_validate_json(line)
            except ValidationError:
                yield number, None
