"""A file that a command was asked to write: a pipe, or a place of the user's."""

from __future__ import annotations

import sys
from pathlib import Path

from ckslab.errors import UsageError
from ckslab.whole_file import write_whole

PIPE = Path("-")


def refuse_output(file: Path, what: str, command: str, name: str) -> None:
    """UsageError, before any work is done, where `file` is a folder, or the terminal is meant to take `what`.

    command: as it was given, up to the file's name. name: what the file may be called.
    """
    if file == PIPE and sys.stdout.isatty():
        raise UsageError(f"{what} is nothing for a terminal", advice=f"{command} FILE")
    if file.is_dir():
        raise UsageError(f"{file} is a folder", advice=f"{command} {file / name}")


def write_output(file: Path, data: bytes, command: str) -> None:
    """Write it there, as a whole. UsageError: it cannot be."""
    if file == PIPE:
        sys.stdout.buffer.write(data)
        return
    try:
        write_whole(file, data, mode=None)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}", advice=f"{command} FILE") from error
