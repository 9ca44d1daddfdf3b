"""The result of an exam, read from what is kept of it."""

from __future__ import annotations

from datetime import UTC, datetime

from ckslab.errors import CkslabError, UsageError
from ckslab.exam.reports import kept_report
from ckslab.exam.results import ExamResult, ExamTaskResult
from ckslab.exam.sitting import Sitting, SittingTask, read_sitting


def exam_result(exam_id: str) -> ExamResult:
    """What the exam gave. UsageError: there is none of that id, or it is not graded."""
    sitting = read_sitting(exam_id)
    if sitting.state != "graded":
        ways = "ckslab exam · ckslab exam submit" if sitting.open else "ckslab exam list"
        raise UsageError(f"exam {exam_id} is {sitting.state}: it has no result", advice=ways)
    return result_of(sitting)


def result_of(sitting: Sitting) -> ExamResult:
    """The result of an exam that is graded."""
    return ExamResult(
        id=sitting.id,
        seed=sitting.seed,
        started_at=_instant(sitting.started_at),
        ended_at=_instant(sitting.ended_at),
        submitted_at=_instant(sitting.graded_at),
        minutes=sitting.minutes,
        practice=sitting.practice,
        tasks=tuple(_task(sitting, task) for task in sitting.tasks),
        paused_seconds=round(sitting.paused),
        late_seconds=round(sitting.late),
        by_time=sitting.by_time,
        left_out=dict(sitting.left_out or {}),
    )


def _task(sitting: Sitting, task: SittingTask) -> ExamTaskResult:
    report, undecided, reason = None, task.undecided, task.reason
    try:
        report = kept_report(sitting, task.number)
    except CkslabError as error:
        undecided, reason = True, error.message
    if report is None and not undecided:
        undecided, reason = True, "its report is gone"
    return ExamTaskResult(
        number=task.number,
        scenario=task.scenario,
        title=task.title,
        topic=task.topic,
        difficulty=task.difficulty,
        bullet=task.bullet,
        weight=task.weight,
        minutes=task.minutes,
        seconds=round(task.seconds),
        flagged=task.flagged,
        report=report,
        undecided=undecided,
        reason=reason,
    )


def _instant(moment: float) -> str:
    """RFC 3339 in UTC, to the second; "" for a moment that never came."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""
