"""Who has a shell on a task's host: told by locks that the kernel gives back, whatever ends a terminal."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from ckslab.errors import LabError
from ckslab.store.lock import lock_file


@contextmanager
def attached(lab: str, wait: float) -> Iterator[None]:
    """Be one of those who have a shell on the lab's node; LabError where it is being parked for `wait` seconds."""
    with _shells(lab, fcntl.LOCK_SH, wait) as (_, taken):
        if not taken:
            raise LabError("the host is being parked", advice="try again in a moment")
        yield


@contextmanager
def alone_with(lab: str, wait: float = 0.0) -> Iterator[bool]:
    """Nobody has a shell there meanwhile, and nobody gets one; False where somebody keeps theirs for `wait` s."""
    with _shells(lab, fcntl.LOCK_EX, wait) as (_, taken):
        yield taken


def _shells(lab: str, kind: int, wait: float) -> AbstractContextManager[tuple[int, bool]]:
    return lock_file(f"shells-{lab}", kind, wait=wait, what=f"the shells of {lab}")
