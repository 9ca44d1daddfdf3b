"""What every command does first: find the exam that is meant, and have its supervisor run."""

from __future__ import annotations

import shutil
from dataclasses import replace

from ckslab.errors import LabError, UsageError
from ckslab.exam import clock, hosts, supervisor
from ckslab.exam.ending import end_work
from ckslab.exam.sitting import Sitting, change, exam_folder, exam_ids, open_exam, read_sitting
from ckslab.lab.life.stop import stop_lab
from ckslab.lab.model import Lab
from ckslab.progress import Progress
from ckslab.store.labs import lab_names


def attend() -> Sitting:
    """The open exam, with its supervisor. UsageError: there is none.

    One whose time went by while nothing of ckslab ran is ended here and now.
    """
    sitting = open_exam()
    if sitting is None:
        raise UsageError("no exam is being sat", advice="ckslab exam start · ckslab exam list")
    if sitting.state == "running" and not clock.remaining(sitting, clock.present(sitting.folder)):
        sitting = end_work(sitting.id, by_time=True)
    supervisor.ensure(sitting)
    return sitting


def last_exam() -> str:
    """The id of the exam that was begun last. UsageError: there is none."""
    ids = exam_ids()
    if not ids:
        raise UsageError("there is no exam", advice="ckslab exam start")
    return ids[-1]


def pause(sitting: Sitting) -> Sitting:
    """Stop the clock of an exam that is practice. UsageError: it is none, or its clock does not run."""
    if not sitting.practice:
        raise UsageError(
            "the exam's clock cannot be paused", advice="ckslab exam start --practice begins one that can"
        )
    if sitting.state != "running":
        raise UsageError(f"exam {sitting.id} is {sitting.state}", advice="ckslab exam status")
    return change(sitting.id, lambda one: clock.paused(one, clock.present(one.folder)))


def resume(sitting: Sitting) -> Sitting:
    """Let the clock of a paused exam go on."""
    return change(sitting.id, lambda one: clock.continued(one, clock.present(one.folder)))


def abandon(exam_id: str, progress: Progress) -> None:
    """Give the exam up: its labs are removed, and it has no result. One that is graded loses its labs alone.

    Also for exams that were never begun, or cannot be read.
    """
    try:
        sitting = read_sitting(exam_id)
    except LabError:
        sitting = None
    if sitting is None:
        for name in lab_names():
            if name.rpartition("-")[0] == exam_id:
                stop_lab(Lab(name), progress, by_exam=True)
        shutil.rmtree(exam_folder(exam_id), ignore_errors=True)
        return
    if sitting.open:
        sitting = change(exam_id, lambda one: replace(one, state="abandoned") if one.open else one)
    supervisor.end(sitting)
    hosts.remove_hosts(sitting, progress)
    shutil.rmtree(sitting.folder / "scenarios", ignore_errors=True)
