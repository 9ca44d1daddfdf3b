"""The labs on disk: home/labs/NAME, one folder each."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from ckslab.errors import LabError, UsageError
from ckslab.store.disk import as_lab_error
from ckslab.store.home import private_folder

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?")

MAX_FOLDER_BYTES = 80
"""A lab's folder may be that long: sockets lie in it, and a socket's path has 107 bytes at most."""


def is_lab_name(name: str) -> bool:
    """Whether a lab may be called so."""
    return _NAME.fullmatch(name) is not None


def lab_folder(name: str) -> Path:
    """Where the lab `name` lies or would lie. UsageError for what cannot be a lab's name."""
    if not is_lab_name(name):
        raise UsageError(
            f"{name!r} cannot be a lab's name: at most 50 of a-z, 0-9 and -, none of them - at the ends"
        )
    return private_folder("labs") / name


def make_lab_folder(name: str) -> Path:
    """The folder (0700) of a lab to be started; one that is there is kept. LabError: its path is too long."""
    path = lab_folder(name)
    if (size := len(os.fsencode(path))) > MAX_FOLDER_BYTES:
        raise LabError(
            f"the lab's folder has a path too long for sockets ({size} bytes of {MAX_FOLDER_BYTES}): {path}",
            advice="start it with a shorter --name, or set CKSLAB_HOME to a folder with a shorter path",
        )
    with as_lab_error(f"cannot make {path}"):
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def remove_lab_folder(name: str) -> None:
    """Remove what the store knows of a lab; the backend has removed the node's files before (some may
    belong to subordinate ids). Nothing to do is no error.
    """
    path = lab_folder(name)
    with as_lab_error(f"cannot remove {path}", advice=f"ckslab stop {name} · or remove the folder yourself"):
        if path.exists():
            shutil.rmtree(path)


def lab_names() -> list[str]:
    """The names of all labs' folders, sorted, whether the labs can be used or not."""
    folder = private_folder("labs")
    return sorted(entry.name for entry in folder.iterdir() if is_lab_name(entry.name) and entry.is_dir())
