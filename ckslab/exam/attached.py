"""Who has a shell on a task's host: told by locks that the kernel gives back, whatever ends a terminal."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ckslab.errors import LabError
from ckslab.store.disk import as_lab_error
from ckslab.store.home import private_folder

_PAUSE = 0.05


@contextmanager
def attached(lab: str, wait: float) -> Iterator[None]:
    """Be one of those who have a shell on the lab's node; LabError where it is being parked for `wait` seconds."""
    with _locked(lab, fcntl.LOCK_SH, wait) as taken:
        if not taken:
            raise LabError("the host is being parked", advice="try again in a moment")
        yield


@contextmanager
def alone_with(lab: str, wait: float = 0.0) -> Iterator[bool]:
    """Nobody has a shell there meanwhile, and nobody gets one; False where somebody keeps theirs for `wait` s."""
    with _locked(lab, fcntl.LOCK_EX, wait) as taken:
        yield taken


@contextmanager
def _locked(lab: str, kind: int, wait: float) -> Iterator[bool]:
    path = private_folder("locks") / f"shells-{lab}.lock"
    with as_lab_error(f"cannot lock the shells of {lab}"):
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _taken(number, kind, time.monotonic() + wait)
    finally:
        fcntl.flock(number, fcntl.LOCK_UN)
        os.close(number)


def _taken(number: int, kind: int, until: float) -> bool:
    while True:
        try:
            fcntl.flock(number, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_PAUSE)
        else:
            return True
