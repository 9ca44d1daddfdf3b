"""A file that is written as a whole: nobody ever sees half of it, and a refusal leaves what was there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, data: bytes, *, mode: int | None = 0o600, lasting: bool = False) -> None:
    """Write beside `path` and rename. OSError: it cannot be written, and is as it was.

    mode: None is what the user's umask leaves of 0666, as for any file that they ask for. lasting: on the disk
    before this returns, so that no power cut takes it.
    """
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # made 0600
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            if mode != 0o600:
                os.fchmod(file.fileno(), 0o666 & ~_umask() if mode is None else mode)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if lasting:
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make names in it last, too."""
    number = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _umask() -> int:
    """It can be read only by setting it."""
    found = os.umask(0o077)
    os.umask(found)
    return found
