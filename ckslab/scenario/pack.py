"""Reads files of a scenario's folder and of nothing outside it: a scenario pack is untrusted."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

MAX_PACK_FILE = 1 << 20
MAX_PACK_FILES = 500


class PackError(ValueError):
    """A file of the pack cannot be used; the text is the reason, without the file's name."""


def inside(folder: Path, relative: str) -> Path:
    """The real path of an entry of the pack; PackError if it is absent or lies outside."""
    if "\0" in relative or Path(relative).is_absolute():
        raise PackError(f"{relative!r} is not a path inside the scenario's folder")
    try:
        root = folder.resolve(strict=True)
        real = (folder / relative).resolve(strict=True)
    except FileNotFoundError:
        raise PackError(f"there is no {relative} in the scenario's folder") from None
    except (OSError, RuntimeError):
        raise PackError(f"{relative} cannot be opened") from None
    if not real.is_relative_to(root):
        raise PackError(f"{relative} leads out of the scenario's folder")
    return real


def pack_bytes(folder: Path, relative: str) -> bytes:
    """The content of a regular file of the pack, at most MAX_PACK_FILE bytes."""
    real = inside(folder, relative)
    try:
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise PackError(f"{relative} cannot be read: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise PackError(f"{relative} is not a file")
        data = file.read(MAX_PACK_FILE + 1)
    if len(data) > MAX_PACK_FILE:
        raise PackError(f"{relative} is larger than {MAX_PACK_FILE} bytes")
    return data


def pack_text(folder: Path, relative: str) -> str:
    """The text of a UTF-8 file of the pack."""
    data = pack_bytes(folder, relative)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise PackError(f"{relative} is not UTF-8 (line {line})") from None


def pack_files(folder: Path, relative: str) -> Iterator[str]:
    """The files below a folder of the pack, relative to that folder, sorted; links are refused."""
    top = inside(folder, relative)
    if not top.is_dir():
        raise PackError(f"{relative} is not a folder")
    found = 0
    for parent, folders, names in os.walk(top):
        folders.sort()
        for name in (*folders, *sorted(names)):
            path = Path(parent, name)
            if path.is_symlink():
                raise PackError(
                    f"{relative}/{path.relative_to(top)} is a symbolic link: lay the file itself there"
                )
        for name in sorted(names):
            found += 1
            if found > MAX_PACK_FILES:
                raise PackError(f"{relative} holds more than {MAX_PACK_FILES} files")
            yield str(Path(parent, name).relative_to(top))
