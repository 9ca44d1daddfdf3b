"""One lock a lab, held by a process and given back by the kernel whatever ends the process."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ckslab.errors import LabError
from ckslab.store.disk import as_lab_error
from ckslab.store.home import private_folder

_PAUSE = 0.05


@contextmanager
def lab_lock(name: str, command: str, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock of the lab `name` while `command` ("ckslab grade") works on it.

    Waits up to `wait` seconds. LabError names the holder's pid and command. Not reentrant.
    """
    with locked(f"lab-{name}", what=f"lab {name}", command=command, wait=wait):
        yield


@contextmanager
def locked(name: str, *, what: str, command: str = "ckslab", wait: float = 0.0) -> Iterator[None]:
    """Hold home/locks/NAME.lock. The file stays: a lock that is removed can be held twice."""
    with lock_file(name, fcntl.LOCK_EX, wait=wait, what=what) as (number, taken):
        if not taken:
            holder = _holder(os.pread(number, 200, 0))
            raise LabError(
                f"another ckslab{holder} is working on {what}",
                advice="wait until it is done, or end it, and run the command again",
            )
        _sign(number, command)
        yield


def is_held(name: str) -> bool:
    """Whether somebody holds home/locks/NAME.lock. Whoever asks takes it from nobody, but for a moment."""
    with lock_file(name, fcntl.LOCK_SH, what=f"the lock {name}") as (_, taken):
        return not taken


@contextmanager
def lock_file(name: str, kind: int, *, what: str, wait: float = 0.0) -> Iterator[tuple[int, bool]]:
    """The descriptor of home/locks/NAME.lock, and whether it was locked (LOCK_SH or LOCK_EX) in `wait` seconds."""
    path = private_folder("locks") / f"{name}.lock"
    with as_lab_error(f"cannot lock {what}"):
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield number, _taken(number, kind, time.monotonic() + wait)
    finally:
        # explicitly: a child that another thread forks just now has the descriptor until it executes
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


def _sign(number: int, command: str) -> None:
    """Write who holds it; a full disk must not keep anybody from working."""
    try:
        os.ftruncate(number, 0)
        os.pwrite(number, f"{os.getpid()} {command[:100]}\n".encode(), 0)
    except OSError:
        return


def _holder(signature: bytes) -> str:
    found = re.match(r"(\d+) ([^\n]*)\n", signature.decode(errors="replace"))
    return f" (pid {found[1]}: {found[2]})" if found else ""
