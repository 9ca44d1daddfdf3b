"""Grade a lab."""

from __future__ import annotations

import time

from ckslab.checks import CHECK_TYPES
from ckslab.cluster.api import preload
from ckslab.control_plane.policies import settle_policies
from ckslab.errors import LabError
from ckslab.evidence import Evidence
from ckslab.grading.grade import grade
from ckslab.grading.report import Report, report
from ckslab.lab.clock import now
from ckslab.lab.learning.history import entry_of
from ckslab.lab.model import Lab, RunningLab
from ckslab.lab.of_exam import refuse_in_exam
from ckslab.lab.review.gather import gather
from ckslab.needs.api_server import ApiServerNeed
from ckslab.progress import Progress
from ckslab.store.attempt import Attempt, CheckScore, Grade
from ckslab.store.history.record import record
from ckslab.store.review import keep_review

CHANGED = (
    "The scenario was changed since this lab was made, and is graded as it is now; ckslab reset makes the lab anew."
)


def grade_lab(lab: Lab, progress: Progress, *, files_only: bool = False, by_exam: bool = False) -> Report:
    """Grade the lab as it is now and keep the result; `files_only` leaves out (and does not keep) what is live.

    by_exam: its exam grades it; anybody else is refused until that is submitted.
    """
    with lab.hold("ckslab grade") as held:
        if not by_exam:
            refuse_in_exam(held, "grade")
        running = held.running()
        made, evidence = graded(running, progress, files_only=files_only)
        if _changed(held):
            made = _noted(made, CHANGED)
        return made if files_only else _noted(made, *_keep(running, made, evidence))


def grade_running(running: RunningLab, progress: Progress, *, files_only: bool = False) -> Report:
    """Grade a running lab; nothing is kept."""
    return graded(running, progress, files_only=files_only)[0]


def graded(running: RunningLab, progress: Progress, *, files_only: bool = False) -> tuple[Report, Evidence]:
    """The same, with the evidence that it was made of."""
    begin = time.monotonic()
    settled = None
    if not files_only:
        preload()
        settled = running.settle(progress)
        if settled.state == "ready":
            settle_policies(running.api, progress, running.lab.add_ons)
        progress.step("grading")
    lab = running.lab
    attempt, damage = _attempt(lab)
    collect = running.collector(settled, progress)
    # What the API server has read at its start decides on files, too: one that was not restarted has not read them.
    glances = [ApiServerNeed] if files_only else []
    result = grade(lab.scenario, CHECK_TYPES, collect, files_only=files_only, glances=glances)
    made = report(
        result,
        lab.scenario,
        lab=lab.name,
        cluster=lab.record.cluster,
        seed=lab.record.seed,
        started_at=attempt.started_at,
        graded_at=now(),
        notes=damage,
        hints_used=attempt.hints_used,
        solution_shown=attempt.solution_shown,
        duration_ms=int((time.monotonic() - begin) * 1000),
    )
    return made.model_copy(update={"api_server": None}) if files_only else made, result.evidence


def _noted(made: Report, *notes: str) -> Report:
    """The report with these sentences before its own."""
    return made.model_copy(update={"notes": (*notes, *made.notes)}) if notes else made


def _changed(lab: Lab) -> bool:
    """Whether the scenario is another than the one the lab was made of; of labs of ckslab 0.1.0 nobody knows."""
    return lab.record.digest not in ("", lab.scenario.digest)


def check_scores(made: Report) -> dict[str, CheckScore]:
    """What each check gave."""
    return {check.id: CheckScore(check.outcome, check.earned, bool(check.after)) for check in made.checks}


def _attempt(lab: Lab) -> tuple[Attempt, tuple[str, ...]]:
    """The lab's attempt; where it cannot be read one that has just begun, and what the report says of that."""
    try:
        return lab.attempt, ()
    except LabError as error:
        note = f"Hints and start of this attempt are unknown: {error.message}. next: {error.advice}"
        return Attempt(lab.record.created_at), (note,)


def _keep(running: RunningLab, made: Report, evidence: Evidence) -> list[str]:
    """Keep the grade, with the lab and in the history, and its report; what could not be kept, in sentences.

    A report that is made is shown, whatever the disk says.
    """
    lab = running.lab
    grade = Grade(made.graded_at, made.score, made.max, made.undecided, check_scores(made))
    attempt, damaged = _attempt(lab)
    failed = []
    try:
        if not damaged:  # else what is left of it would be overwritten
            lab.keep(attempt.graded(grade))
    except LabError as error:
        failed.append(f"This grade was not kept: {error.message}. next: {error.advice}")
    try:
        keep_review(lab.folder, made, gather(running, made, evidence))
    except LabError as error:
        failed.append(f"The report was not kept for ckslab report: {error.message}. next: {error.advice}")
    try:
        record(entry_of(lab, made, None if damaged else attempt))
    except LabError as error:
        failed.append(f"The history lacks this grade: {error.message}. next: {error.advice}")
    return failed
