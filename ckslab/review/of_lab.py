"""The review of one lab, running, stopped or removed: of the files that its last grade left in its folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ckslab.errors import LabError
from ckslab.exam.results import PASS_MARK
from ckslab.grading.report import Report
from ckslab.review.groups import groups
from ckslab.review.model import HintTaken, Review, ReviewTask, verdict
from ckslab.store.attempt import Attempt, read_attempt
from ckslab.store.review import GradedWork, read_kept_report, read_work
from ckslab.store.worked import worked_seconds

HIDDEN = "It is shown after full marks, after ckslab solution, or with ckslab report --with-solution."


@dataclass(frozen=True, slots=True)
class Kept:
    """What a folder holds of a lab's last grade. work: None where what stands beside the report is not there.

    worked: seconds, None where no shell's time was kept. notes: what cannot be read, in sentences.
    """

    report: Report
    attempt: Attempt
    work: GradedWork | None
    worked: int | None
    notes: tuple[str, ...] = ()


def read_kept(folder: Path) -> Kept | None:
    """What the folder holds, None before the first grade. LabError: the report itself is damaged."""
    report = read_kept_report(folder)
    if report is None:
        return None
    notes = list[str]()
    work, attempt = None, None
    try:
        work = read_work(folder)
    except LabError as error:
        notes.append(f"What was kept beside the report cannot be read: {error.message}")
    try:
        attempt = read_attempt(folder)
    except LabError as error:
        notes.append(f"Which hints were taken cannot be read: {error.message}")
    attempt = attempt or Attempt(report.started_at, solution_shown=report.solution_shown)
    return Kept(report, attempt, work, int(worked_seconds(folder)) or None, tuple(notes))


def of_lab(kept: Kept, *, with_solution: bool = False) -> Review:
    """The review; with_solution: also where it was not shown yet."""
    report = kept.report
    task = task_of(kept, with_solution=with_solution)
    return Review(
        kind="lab",
        name=report.lab,
        title=report.title,
        seed=report.seed,
        started_at=report.started_at,
        ended_at=report.graded_at,
        minutes=report.minutes,
        seconds=task.seconds,
        practice=True,
        score=report.score,
        max=report.max,
        undecided=report.undecided,
        pass_mark=PASS_MARK,
        verdict=verdict(report.score, report.undecided, report.max, PASS_MARK),
        notes=(*report.notes, *kept.notes),
        groups=groups([task]),
        tasks=(task,),
    )


def task_of(kept: Kept, *, with_solution: bool) -> ReviewTask:
    """The lab as the only task."""
    report, attempt, work = kept.report, kept.attempt, kept.work
    shown = with_solution or attempt.solution_shown or report.passed
    note = "" if shown else HIDDEN
    if work is None:
        note = "It was not kept with this report."
    elif work.solution_unknown:
        note = f"It could not be computed for this lab: {work.solution_unknown}"
    return ReviewTask(
        number=1,
        scenario=report.scenario,
        title=report.title,
        topic=work.topic if work else "",
        bullet=work.bullet if work else "",
        difficulty=work.difficulty if work else "",
        weight=report.max,
        earned=report.score,
        undecided=report.undecided,
        minutes=report.minutes,
        seconds=kept.worked if kept.worked is not None else _between(report.started_at, report.graded_at),
        report=report,
        task=work.task if work else "",
        after=work.after if work else "",
        excerpts=work.excerpts if work else (),
        hints=tuple(_hints(attempt, work)),
        causes=attempt.causes,
        solution_shown=attempt.solution_shown,
        solution=work.solution if work and shown and not note else None,
        solution_note=note,
    )


def _hints(attempt: Attempt, work: GradedWork | None) -> list[HintTaken]:
    texts = work.hints if work else {}
    return [
        HintTaken(check=check, number=number, text=text)
        for check, taken in attempt.hints.items()
        for number, text in enumerate(texts.get(check, ())[:taken], 1)
    ]


def _between(start: str, end: str) -> int | None:
    """Seconds of the clock, None where a time is none."""
    try:
        return max(0, int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()))
    except (ValueError, TypeError):
        return None
