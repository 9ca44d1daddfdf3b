"""Where ckslab keeps its state: one private folder a user."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ckslab.errors import LabError
from ckslab.store.disk import as_lab_error


def home() -> Path:
    """$CKSLAB_HOME, else $XDG_STATE_HOME/ckslab, else ~/.local/state/ckslab: made, 0700 and ours.

    LabError when it cannot be made, belongs to somebody else, or others may write to it.
    """
    path = _wanted()
    with as_lab_error(f"cannot use {path} for ckslab's state", advice=_ADVICE):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
    if found.st_uid != os.geteuid():
        raise LabError(f"{path} belongs to another user (uid {found.st_uid})", advice=_ADVICE)
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise LabError(
            f"others may write to {path}, where labs keep their secrets",
            advice=f"chmod 700 {path} · or {_ADVICE}",
        )
    return path


def private_folder(name: str) -> Path:
    """A folder directly below home, 0700 whatever it was before."""
    path = home() / name
    with as_lab_error(f"cannot use {path}", advice=_ADVICE):
        path.mkdir(mode=0o700, exist_ok=True)
        if stat.S_IMODE(path.stat().st_mode) != 0o700:
            path.chmod(0o700)
    return path


_ADVICE = "set CKSLAB_HOME to a private folder of yours"


def _wanted() -> Path:
    if own := os.environ.get("CKSLAB_HOME"):
        return Path(own).expanduser().absolute()
    state = os.environ.get("XDG_STATE_HOME", "")
    # The XDG specification: a relative path is invalid and must be ignored.
    if Path(state).is_absolute():
        return Path(state) / "ckslab"
    try:
        return Path.home() / ".local" / "state" / "ckslab"
    except RuntimeError as error:
        raise LabError("this user has no home folder", advice=_ADVICE) from error
