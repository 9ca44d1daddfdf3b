"""The end of work: what is on the hosts at that moment counts, however it came and whoever found it."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace

from ckslab.errors import CkslabError
from ckslab.exam import clock
from ckslab.exam.sitting import Sitting, SittingTask, change, lab_name, read_sitting
from ckslab.lab.model import Lab
from ckslab.store.lock import locked

LATE_SECONDS = 15.0
"""Where work is ended that much later at most it is ended at its time: looks at the clock have pauses between."""

GRADING_SECONDS = 1800.0
"""How long the grades are waited for that another process makes."""


def end_work(exam_id: str, *, by_time: bool) -> Sitting:
    """Work ends now: shells close, and what is there counts. An exam that has ended is left as it is."""

    def ended(sitting: Sitting) -> Sitting:
        if sitting.state not in ("running", "paused"):
            return sitting
        now, end = clock.present(sitting.folder), clock.ends_at(sitting)
        if sitting.state == "paused":
            sitting = clock.continued(sitting, now)
            end = clock.ends_at(sitting)
        over = now >= end
        late = now - end if over and now - end > LATE_SECONDS else 0.0
        return replace(
            sitting, state="over", ended_at=min(now, end), by_time=over or by_time, late=late if over else 0.0
        )

    sitting = change(exam_id, ended)
    if sitting.state != "over" or not sitting.by_time or sitting.stopped:
        return sitting
    with grading(exam_id, "ckslab exam"):  # whoever grades has stopped them before
        return stopped(read_sitting(exam_id))


def stopped(sitting: Sitting) -> Sitting:
    """Stop all hosts as they are, side by side, where time is up: what they are now is what counts. Once."""
    if sitting.state != "over" or not sitting.by_time or sitting.stopped:
        return sitting
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda task: _stop(sitting, task), sitting.tasks))
    return change(sitting.id, lambda one: replace(one, stopped=True))


def grading(exam_id: str, command: str, wait: float = GRADING_SECONDS) -> AbstractContextManager[None]:
    """Hold the exam's grading: only one process stops its hosts or grades them."""
    return locked(f"grading-{exam_id}", what=f"exam {exam_id}", command=command, wait=wait)


def _stop(sitting: Sitting, task: SittingTask) -> None:
    """A node that does not stop now is stopped when it is graded, at the latest: the clock does not wait."""
    lab = Lab(lab_name(sitting, task.number))
    try:
        if lab.folder.is_dir():
            lab.backend.stop(lab.folder)  # without the lab's lock: whoever makes it may take a minute
    except CkslabError as error:
        logging.getLogger("ckslab").error("stopping task %d", task.number, exc_info=error)
