"""The exam that is being sat, as the page sees it: all of it is on disk, and terminals beside the page share it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ckslab.errors import CkslabError, LabError
from ckslab.exam import attend, clock, hosts, supervisor
from ckslab.exam.ending import end_work
from ckslab.exam.grading import finish
from ckslab.exam.outcome import result_of
from ckslab.exam.results import ExamTaskResult
from ckslab.exam.sitting import Sitting, SittingTask, change, lab_name, read_sitting
from ckslab.exam.terminal.programs import task_text
from ckslab.lab.model import Lab
from ckslab.progress import Silent
from ckslab.store.lock import is_held
from ckslab.web.view import Result, TaskState, TaskText, View

_SUPERVISED_EVERY = 5.0
"""Seconds between two looks whether the exam has its supervisor."""

_UNGRADED_SECONDS = 5.0
"""So long nobody may be grading an exam that has ended before the page has it graded."""


class SatExam:
    """See `ckslab.web.view.Exam`."""

    def __init__(self, sitting: Sitting) -> None:
        self.id = sitting.id
        self.practice = sitting.practice
        self.minutes = sitting.minutes
        self._supervised = 0.0
        self._made = set[int]()
        self._idle_since: float | None = None
        self._result: Result | None = None

    def texts(self) -> Sequence[TaskText]:
        """Its tasks. LabError: the exam's copy of a scenario is damaged."""
        sitting = read_sitting(self.id)
        return [
            TaskText(task.number, task.title, task.host, task.weight, task.minutes, task_text(sitting, task))
            for task in sitting.tasks
        ]

    def look(self) -> View:
        """How it is now; a supervisor that was killed is started again."""
        sitting = read_sitting(self.id)
        left = clock.remaining(sitting, clock.present(sitting.folder))
        if sitting.state == "running" and not left:
            sitting = end_work(self.id, by_time=True)
        if time.monotonic() - self._supervised > _SUPERVISED_EVERY:
            self._supervised = time.monotonic()
            supervisor.ensure(sitting)
        return View(
            state=sitting.state,
            remaining=left,
            tasks=tuple(self._task(sitting, task) for task in sitting.tasks),
            by_time=sitting.by_time,
            ungraded=self._ungraded(sitting),
            result=self._graded(sitting),
        )

    def flag(self, number: int, on: bool) -> None:
        """UsageError: there is no such task."""
        change(self.id, lambda one: one.with_task(one.task(number).number, flagged=on) if one.open else one)

    def pause(self, on: bool) -> None:
        """UsageError: it is no practice, or its clock does not run."""
        sitting = read_sitting(self.id)
        if on:
            attend.pause(sitting)
        else:
            attend.resume(sitting)

    def end(self) -> None:
        """End work, and grade what is not graded."""
        end_work(self.id, by_time=False)
        finish(self.id, Silent())

    def report(self) -> str:
        """The report's page. UsageError: not all is graded."""
        from ckslab.exam.outcome import exam_result
        from ckslab.render.html import report_html
        from ckslab.review.of_exam import of_exam
        from ckslab.review.of_lab import Kept, read_kept

        def kept(task: ExamTaskResult) -> Kept | None:
            try:
                return read_kept(Lab(lab_name(sitting, task.number)).folder)
            except CkslabError:  # its lab was removed, or is damaged: the report has the checks all the same
                return None

        sitting = read_sitting(self.id)
        return report_html(of_exam(exam_result(self.id), kept))

    def _task(self, sitting: Sitting, task: SittingTask) -> TaskState:
        if sitting.state != "running":
            self._made.add(task.number)  # of an exam that does not go on no host is awaited
        if task.number not in self._made:
            try:
                if hosts.host_state(sitting, task.number) != "unmade":
                    self._made.add(task.number)
            except LabError:  # its engine does not answer just now
                pass
        ready = task.number in self._made
        making = not ready and is_held(f"lab-{lab_name(sitting, task.number)}")
        trouble = "" if ready or making else task.trouble
        return TaskState(task.number, task.flagged, ready, trouble, task.graded)

    def _ungraded(self, sitting: Sitting) -> bool:
        """Whether it waits for its grades, and nobody makes them: who did was killed."""
        if sitting.state != "over" or is_held(f"grading-{self.id}"):
            self._idle_since = None
            return False
        if self._idle_since is None:
            self._idle_since = time.monotonic()
        return time.monotonic() - self._idle_since > _UNGRADED_SECONDS

    def _graded(self, sitting: Sitting) -> Result | None:
        if sitting.state != "graded":
            return None
        if self._result is None:
            found = result_of(sitting)
            self._result = Result(found.score, found.open, found.pass_mark, found.passed)
        return self._result
