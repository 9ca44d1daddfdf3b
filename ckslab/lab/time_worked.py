"""Counting how long a learner works in a shell that takes this process's place: somebody else has to count."""

from __future__ import annotations

import os
import signal
import time

from ckslab.errors import LabError
from ckslab.lab.model import Lab
from ckslab.store.worked import EVERY, add_worked

LOOK = 1.0
"""Seconds between two looks whether the shell is still there, where the system cannot tell of its end at once."""


def count_time(lab: Lab) -> None:
    """From now on until this process ends, whatever program it has become by then.

    A process of its own counts, which belongs to nobody, holds none of our streams and hears no signal of our
    terminal. Where it cannot be had nothing is counted.
    """
    worker = os.getpid()
    try:
        child = os.fork()
    except OSError:
        return
    if child:
        os.waitpid(child, 0)
        return
    code = 0
    try:
        os.setsid()
        if not os.fork():
            _count(lab, worker)
    except BaseException:
        code = 1
    finally:
        os._exit(code)


def _count(lab: Lab, worker: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(null, stream)
    os.closerange(3, 256)
    os.chdir("/")
    ended = False
    while not ended:
        begin = time.monotonic()
        ended = _ends_within(worker, EVERY)
        if not lab.folder.is_dir():  # it was removed meanwhile
            return
        try:
            add_worked(lab.folder, time.monotonic() - begin)
        except LabError:
            continue


def _ends_within(worker: int, seconds: float) -> bool:
    """Whether the process ends in that time; returns when it does."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return True
        except PermissionError:  # another one's by now: ours has ended
            return True
        if hasattr(os, "pidfd_open"):
            return _told_within(worker, left)
        time.sleep(min(LOOK, left))
    return False


def _told_within(worker: int, seconds: float) -> bool:
    import select

    try:
        number = os.pidfd_open(worker)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(number, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(number)
