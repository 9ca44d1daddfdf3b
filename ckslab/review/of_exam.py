"""The review of an exam that was submitted: its result, and of each task what its grade left in its lab."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ckslab.errors import LabError
from ckslab.exam.results import ExamResult, ExamTaskResult
from ckslab.review.groups import groups
from ckslab.review.model import Review, ReviewTask, Verdict
from ckslab.review.of_lab import Kept, task_of

OTHER = "What was kept beside the report is of another grade of this task."


def of_exam(result: ExamResult, kept: Callable[[ExamTaskResult], Kept | None]) -> Review:
    """The review; kept: what a task's lab left, None where nothing is left of it, LabError where it is damaged.

    Every solution is shown: work on it has ended.
    """
    tasks = tuple(_task(task, kept) for task in result.tasks)
    return Review(
        kind="exam",
        name=result.id,
        title=f"Exam {result.id}",
        seed=result.seed,
        started_at=result.started_at,
        ended_at=result.ended_at,
        minutes=result.minutes,
        seconds=_used(result),
        practice=result.practice,
        score=result.score,
        max=float(sum(task.weight for task in result.tasks)),
        undecided=result.open,
        pass_mark=result.pass_mark,
        verdict=_verdict(result),
        notes=tuple(_notes(result)),
        groups=groups(tasks),
        tasks=tasks,
    )


def _verdict(result: ExamResult) -> Verdict:
    verdicts: dict[bool | None, Verdict] = {True: "passed", False: "failed", None: "undecided"}
    return verdicts[result.passed]


def _task(task: ExamTaskResult, kept_of: Callable[[ExamTaskResult], Kept | None]) -> ReviewTask:
    """The task with the exam's own figures; what stands beside its report only where it is of that very grade."""
    beside = ReviewTask(
        number=task.number,
        scenario=task.scenario,
        title=task.title,
        topic=task.topic,
        bullet=task.bullet or "",
        difficulty=task.difficulty,
        weight=task.weight,
        earned=task.earned,
        undecided=task.open,
        minutes=task.minutes,
        seconds=task.seconds,
        flagged=task.flagged,
        reason=task.reason,
        report=task.report,
        solution_note="It was not kept with this exam.",
    )
    try:
        kept = kept_of(task)
    except LabError as error:
        return beside.model_copy(update={"solution_note": error.message})
    if kept is None or task.report is None:
        return beside
    if kept.report.graded_at != task.report.graded_at:
        return beside.model_copy(update={"solution_note": OTHER})
    found = task_of(kept, with_solution=True)
    names = ("task", "after", "excerpts", "hints", "causes", "solution_shown", "solution", "solution_note")
    return beside.model_copy(update={name: getattr(found, name) for name in names})


def _used(result: ExamResult) -> int | None:
    """Seconds from the start to the end, without those in which it was paused."""
    try:
        begin, end = (datetime.fromisoformat(one) for one in (result.started_at, result.ended_at))
        return max(0, int((end - begin).total_seconds()) - result.paused_seconds)
    except (ValueError, TypeError):
        return None


def _notes(result: ExamResult) -> list[str]:
    notes = []
    if result.by_time:
        notes.append("Time was up: the labs were graded as they were then.")
    if result.late_seconds:
        minutes = max(1, round(result.late_seconds / 60))
        notes.append(
            f"Nothing of ckslab ran when time was up: what was graded is the state {minutes} min after the end."
        )
    if result.practice:
        paused = f", and was for {round(result.paused_seconds / 60)} min" if result.paused_seconds else ""
        notes.append(f"This was practice: the clock could be paused{paused}.")
    notes += [f"{name} was not among what could be drawn: {why}" for name, why in result.left_out.items()]
    return notes
