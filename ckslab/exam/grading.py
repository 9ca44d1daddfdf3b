"""Grading an exam that has ended: every task, side by side, its report kept; again, for what was undecided."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from ckslab.errors import CkslabError, LabError, UsageError
from ckslab.exam import clock, hosts
from ckslab.exam.attached import alone_with
from ckslab.exam.ending import grading, stopped
from ckslab.exam.reports import keep_report
from ckslab.exam.sitting import Sitting, SittingTask, change, lab_name, read_sitting
from ckslab.grading.report import Report
from ckslab.lab.grade import grade_lab
from ckslab.lab.model import Lab, RunningLab
from ckslab.progress import Progress, Silent
from ckslab.store.worked import worked_seconds

SHELLS_SECONDS = 5.0
"""How long terminals have to close their shells when work has ended; then the nodes are stopped under them."""


def finish(exam_id: str, progress: Progress) -> Sitting:
    """Grade what is not graded yet, if work has ended; whoever comes second waits for the first.

    Goes on where it was interrupted. The labs stay, stopped, until the learner removes them.
    """
    progress.step("waiting for the grades")
    with grading(exam_id, "ckslab exam submit"):
        sitting = stopped(read_sitting(exam_id))
        if sitting.state != "over":
            return sitting
        _grade(sitting, [task for task in sitting.tasks if not task.graded], progress)
        now = clock.present(sitting.folder)
        return change(exam_id, lambda one: replace(one, state="graded", graded_at=now))


def regrade(exam_id: str, progress: Progress) -> Sitting:
    """Grade again what was undecided. UsageError: the exam is not graded yet, or nothing is undecided."""
    with grading(exam_id, "ckslab exam regrade", wait=2.0):
        sitting = read_sitting(exam_id)
        if sitting.state != "graded":
            raise UsageError(f"exam {exam_id} is not graded yet", advice="ckslab exam submit")
        undecided = [task for task in sitting.tasks if task.undecided]
        if not undecided:
            raise UsageError(f"nothing of exam {exam_id} is undecided", advice=f"ckslab exam report {exam_id}")
        _grade(sitting, undecided, progress)
        return read_sitting(exam_id)


def _grade(sitting: Sitting, tasks: Sequence[SittingTask], progress: Progress) -> None:
    """Side by side, as many as the machine holds: those that run first, and each is stopped when it is graded."""
    awake = {task.number: _state(sitting, task) == "awake" for task in tasks}
    ordered = sorted(tasks, key=lambda task: not awake[task.number])
    told = _Told(progress, len(tasks))
    with ThreadPoolExecutor(max(1, min(sitting.labs, len(tasks) or 1))) as pool:
        list(pool.map(lambda task: _grade_one(sitting, task, told.one), ordered))


class _Told:
    """How far grading is, told by several threads."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0
        progress.step("grading the exam")

    def one(self) -> None:
        """One more is done."""
        self.done += 1
        self.progress.advance(self.done, self.total, "tasks")


def _grade_one(sitting: Sitting, task: SittingTask, done: Callable[[], None]) -> None:
    report, reason = None, ""
    try:
        report = _report(sitting, task)
    except CkslabError as error:
        reason = _sentence(error)
    except Exception as error:  # a fault of ours in one task must not take the others' grades
        logging.getLogger("ckslab").error("grading task %d", task.number, exc_info=error)
        reason = f"a fault of ckslab ({type(error).__name__})"
    undecided = report is None or any(check.outcome == "unknown" for check in report.checks)
    if report is not None:
        if undecided:
            reason = "something could not be found out: " + ", ".join(
                check.id for check in report.checks if check.outcome == "unknown" and not check.after
            )
        if lost := keep_report(sitting, task.number, report):
            undecided, reason = True, f"{reason}; {lost}" if reason else lost
    lab = Lab(lab_name(sitting, task.number))
    seconds = worked_seconds(lab.folder) if lab.folder.is_dir() else task.seconds
    change(
        sitting.id,
        lambda one: one.with_task(
            task.number, graded=True, undecided=undecided, reason=reason, seconds=max(seconds, task.seconds)
        ),
    )
    with suppress(CkslabError):  # one that does not stop is shown by `status`
        hosts.park(sitting, task.number)
    if not undecided:
        _unseal(lab)
    done()


def _report(sitting: Sitting, task: SittingTask) -> Report:
    if _state(sitting, task) == "unmade":
        raise LabError(f"its host was never made{f': {task.trouble}' if task.trouble else ''}")
    name = lab_name(sitting, task.number)
    with alone_with(name, SHELLS_SECONDS) as alone:
        if not alone:  # a terminal that does not close its shell: it ends with its node
            hosts.park(sitting, task.number)
        running = _running(sitting, task)
    lab = running.lab
    if lab.scenario.digest != task.digest:
        raise LabError("the exam's copy of its scenario was changed since the exam began")
    return grade_lab(lab, Silent(), by_exam=True)


def _running(sitting: Sitting, task: SittingTask) -> RunningLab:
    """Without asking for room: the hosts that are graded are as many as the machine holds."""
    with Lab(lab_name(sitting, task.number)).hold("ckslab exam submit", wait=60.0) as held:
        return hosts.woken(task, held, Silent())


def _state(sitting: Sitting, task: SittingTask) -> hosts.HostState:
    try:
        return hosts.host_state(sitting, task.number)
    except CkslabError:
        return "parked"  # whoever wakes it finds out why nobody can tell


def _sentence(error: CkslabError) -> str:
    return " ".join(error.message.split())


def _unseal(lab: Lab) -> None:
    """From now on it is a lab like any other."""
    try:
        lab.save(replace(lab.record, sitting=False))
    except LabError:
        return
