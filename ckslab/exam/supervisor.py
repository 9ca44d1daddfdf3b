"""The process behind an exam: it makes the hosts while the learner works, and ends the exam at its time.

It outlives whatever started it. Where it was killed the next command starts another, which finds on disk what there
is to do. `python -m ckslab.exam.supervisor ID` runs it.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from threading import Event, Thread

from ckslab.cluster.local import process
from ckslab.errors import CkslabError, LabError
from ckslab.exam import clock, hosts
from ckslab.exam.ending import end_work
from ckslab.exam.grading import finish
from ckslab.exam.sitting import Sitting, change, exam_folder, read_sitting
from ckslab.progress import Silent
from ckslab.store.disk import as_lab_error, read_json, write_json
from ckslab.store.home import home
from ckslab.store.lock import is_held, locked

TICK = 0.5
"""Seconds between two looks at the clock."""

TRIES = 3
"""How often a host is tried to be made."""

NO_ROOM_SECONDS = 5.0
"""Until it is tried again where all hosts that run are in use."""

STARTING_SECONDS = 90.0
LOG = "supervisor.log"

FILE = "supervisor.json"
"""In the exam's folder: the process, so that it can be ended."""


class Removed(Exception):
    """The exam is not there any more."""


def lock_name(exam_id: str) -> str:
    """Of the lock that the exam's only supervisor holds: the kernel gives it back whatever ends that process."""
    return f"supervisor-{exam_id}"


def runs(exam_id: str) -> bool:
    """Whether the exam has a supervisor."""
    return is_held(lock_name(exam_id))


def ensure(sitting: Sitting) -> None:
    """Have a supervisor where the exam needs one. LabError: it does not start, with its last words."""
    if sitting.state not in ("running", "paused", "over") or runs(sitting.id):
        return
    with as_lab_error("cannot start the exam's supervisor"):
        log = os.open(sitting.folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            started = subprocess.Popen(
                [sys.executable, "-m", "ckslab.exam.supervisor", sitting.id],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                env={**os.environ, "CKSLAB_HOME": str(home())},
            )
        finally:
            os.close(log)
    until = time.monotonic() + STARTING_SECONDS
    while not runs(sitting.id):
        if started.poll() is not None and read_sitting(sitting.id).open and not runs(sitting.id):
            raise LabError("the exam's supervisor ended at once", details=_last_words(sitting))
        if time.monotonic() > until:
            raise LabError("the exam's supervisor does not start", details=_last_words(sitting))
        time.sleep(0.05)
    started.returncode = 0  # it outlives us: no warning that it was not waited for


def supervise(exam_id: str) -> None:
    """Until the exam is graded or given up. LabError: it has a supervisor already."""
    with locked(lock_name(exam_id), what=f"exam {exam_id}", command="ckslab exam (supervisor)", wait=2.0):
        _sign(exam_id)
        over = Event()
        maker = Thread(target=_make, args=(exam_id, over), daemon=True)
        maker.start()
        try:
            while True:
                sitting = _read(exam_id)
                if sitting is not None and sitting.state not in ("running", "paused"):
                    break
                if sitting is not None and not clock.remaining(sitting, clock.present(sitting.folder)):
                    end_work(exam_id, by_time=True)
                    break
                time.sleep(TICK)
        except Removed:
            return
        finally:
            over.set()
        maker.join(hosts.OTHERS_SECONDS)  # a host that was being made is graded, too: it is as it is
        _finish(exam_id)


def end(sitting: Sitting) -> None:
    """End the supervisor, whatever it does; none is no error."""
    try:
        kept = read_json(sitting.folder / FILE, way_out="")
        found = process.Process(int(kept["pid"]), int(kept["start"]), str(kept["boot"]))
    except (FileNotFoundError, LabError, KeyError, TypeError, ValueError):
        return
    found.end(grace=3.0)


def _sign(exam_id: str) -> None:
    """Write down who we are; where that cannot be told or kept, whoever wants us to end waits until we see it."""
    ours = process.of(os.getpid())
    if ours is not None:
        with suppress(LabError):
            write_json(exam_folder(exam_id) / FILE, asdict(ours))


def _finish(exam_id: str) -> None:
    sitting = read_sitting(exam_id)
    if sitting.state == "over" and sitting.by_time:
        finish(exam_id, Silent())  # where the learner submitted it, it is they who wait for it


def _make(exam_id: str, over: Event) -> None:
    with suppress(Removed):
        _make_hosts(exam_id, over)


def _make_hosts(exam_id: str, over: Event) -> None:
    """Make those that are not there, in their order; one for which there is no room is made later."""
    failed: dict[int, int] = {}
    while not over.is_set():
        sitting = _read(exam_id)
        if sitting is None or sitting.state not in ("running", "paused"):
            over.wait(1.0)
            continue
        left = [
            task for task in sitting.tasks if failed.get(task.number, 0) < TRIES and _unmade(sitting, task.number)
        ]
        if not left:
            return
        task = left[0]
        try:
            hosts.wake(sitting, task.number, Silent())
            if task.trouble:
                change(exam_id, lambda one, n=task.number: one.with_task(n, trouble=""))  # type: ignore[misc]
        except hosts.NoRoom:
            over.wait(NO_ROOM_SECONDS)
        except Exception as error:  # one host that cannot be made must not take the clock with it
            if over.is_set():
                return
            failed[task.number] = failed.get(task.number, 0) + 1
            logging.getLogger("ckslab").error("making %s", task.host, exc_info=error)
            _say(exam_id, task.number, error)
            over.wait(2.0)


def _say(exam_id: str, number: int, error: Exception) -> None:
    said = error.message if isinstance(error, CkslabError) else f"a fault of ckslab ({type(error).__name__})"
    trouble = " ".join(said.split())[:500]
    try:
        change(exam_id, lambda one: one.with_task(number, trouble=trouble))
    except LabError as refused:
        logging.getLogger("ckslab").error("keeping that", exc_info=refused)


def _unmade(sitting: Sitting, number: int) -> bool:
    try:
        return hosts.host_state(sitting, number) == "unmade"
    except CkslabError:  # its engine does not answer just now
        return False


def _read(exam_id: str) -> Sitting | None:
    """The exam; None where it cannot be read just now: a disk that is full for a minute ends no exam."""
    try:
        return read_sitting(exam_id)
    except CkslabError as error:
        if not hosts.exam_is_there(exam_id):
            raise Removed from error
        logging.getLogger("ckslab").error("reading the exam", exc_info=error)
        time.sleep(2.0)
        return None


def _last_words(sitting: Sitting) -> str:
    try:
        return (sitting.folder / LOG).read_text(errors="replace")[-1500:]
    except OSError:
        return ""


def _terminated(*_: object) -> None:
    raise SystemExit(143)


def main() -> None:
    """See the module."""
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s")
    signal.signal(signal.SIGTERM, _terminated)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    supervise(sys.argv[1])


if __name__ == "__main__":
    main()
