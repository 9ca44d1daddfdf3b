"""The end of an exam: work ends, every task is graded and its report kept; again, for what was undecided."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import replace

from ckslab.errors import CkslabError, LabError, UsageError
from ckslab.exam import clock, hosts
from ckslab.exam.attached import alone_with
from ckslab.exam.reports import keep_report
from ckslab.exam.sitting import Sitting, SittingTask, change, lab_name, read_sitting
from ckslab.grading.report import Report
from ckslab.lab.grade import grade_lab
from ckslab.lab.model import Lab, RunningLab
from ckslab.progress import Progress, Silent
from ckslab.store.lock import locked
from ckslab.store.worked import worked_seconds

LATE_SECONDS = 15.0
"""Where work is ended that much later at most it is ended at its time: looks at the clock have pauses between."""

SHELLS_SECONDS = 5.0
"""How long terminals have to close their shells when work has ended; then the nodes are stopped under them."""

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
    with _grading(exam_id, "ckslab exam"):  # whoever grades has stopped them before
        return _stopped(read_sitting(exam_id))


def _stopped(sitting: Sitting) -> Sitting:
    """Stop all hosts as they are, side by side, where time is up: what they are now is what counts. Once."""
    if sitting.state != "over" or not sitting.by_time or sitting.stopped:
        return sitting
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda task: _stop(sitting, task), sitting.tasks))
    return change(sitting.id, lambda one: replace(one, stopped=True))


def _grading(exam_id: str, command: str, wait: float = GRADING_SECONDS) -> AbstractContextManager[None]:
    return locked(f"grading-{exam_id}", what=f"exam {exam_id}", command=command, wait=wait)


def finish(exam_id: str, progress: Progress) -> Sitting:
    """Grade what is not graded yet, if work has ended; whoever comes second waits for the first.

    Goes on where it was interrupted. The labs stay, stopped, until the learner removes them.
    """
    progress.step("waiting for the grades")
    with _grading(exam_id, "ckslab exam submit"):
        sitting = _stopped(read_sitting(exam_id))
        if sitting.state != "over":
            return sitting
        _grade(sitting, [task for task in sitting.tasks if not task.graded], progress)
        now = clock.present(sitting.folder)
        return change(exam_id, lambda one: replace(one, state="graded", graded_at=now))


def regrade(exam_id: str, progress: Progress) -> Sitting:
    """Grade again what was undecided. UsageError: the exam is not graded yet, or nothing is undecided."""
    with _grading(exam_id, "ckslab exam regrade", wait=2.0):
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


def _stop(sitting: Sitting, task: SittingTask) -> None:
    """A node that does not stop now is stopped when it is graded, at the latest: the clock does not wait."""
    lab = Lab(lab_name(sitting, task.number))
    try:
        if lab.folder.is_dir():
            lab.backend.stop(lab.folder)  # without the lab's lock: whoever makes it may take a minute
    except CkslabError as error:
        logging.getLogger("ckslab").error("stopping task %d", task.number, exc_info=error)


def _sentence(error: CkslabError) -> str:
    return " ".join(error.message.split())


def _unseal(lab: Lab) -> None:
    """From now on it is a lab like any other."""
    try:
        lab.save(replace(lab.record, sitting=False))
    except LabError:
        return
