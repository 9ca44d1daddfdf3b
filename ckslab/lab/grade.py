"""Grade a lab."""

from __future__ import annotations

import time

from ckslab.checks import CHECK_TYPES
from ckslab.cluster.api import preload
from ckslab.control_plane.policies import settle_policies
from ckslab.grading import grade
from ckslab.grading.report import Report, report
from ckslab.lab.clock import now
from ckslab.lab.model import Lab, RunningLab
from ckslab.needs.api_server import ApiServerNeed
from ckslab.progress import Progress
from ckslab.store.attempt import CheckScore, Grade
from ckslab.store.scores import BestScore, keep_best

CHANGED = (
    "The scenario was changed since this lab was made, and is graded as it is now; ckslab reset makes the lab anew."
)


def grade_lab(lab: Lab, progress: Progress, *, files_only: bool = False) -> Report:
    """Grade the lab as it is now and keep the result; `files_only` leaves out (and does not keep) what is live."""
    with lab.hold("ckslab grade") as held:
        made = grade_running(held.running(), progress, files_only=files_only)
        if not files_only:
            _keep(held, made)
        return made.model_copy(update={"notes": (CHANGED, *made.notes)}) if _changed(held) else made


def grade_running(running: RunningLab, progress: Progress, *, files_only: bool = False) -> Report:
    """Grade a running lab; nothing is kept."""
    begin = time.monotonic()
    settled = None
    if not files_only:
        preload()
        settled = running.settle(progress)
        if settled.state == "ready":
            settle_policies(running.api, progress, running.lab.add_ons)
        progress.step("grading")
    lab, attempt = running.lab, running.lab.attempt
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
        hints_used=attempt.hints_used,
        solution_shown=attempt.solution_shown,
        duration_ms=int((time.monotonic() - begin) * 1000),
    )
    return made.model_copy(update={"api_server": None}) if files_only else made


def _changed(lab: Lab) -> bool:
    """Whether the scenario is another than the one the lab was made of; of labs of ckslab 0.1.0 nobody knows."""
    return lab.record.digest not in ("", lab.scenario.digest)


def check_scores(made: Report) -> dict[str, CheckScore]:
    """What each check gave."""
    return {check.id: CheckScore(check.outcome, check.earned, bool(check.after)) for check in made.checks}


def _keep(lab: Lab, made: Report) -> None:
    attempt = lab.attempt
    grade = Grade(made.graded_at, made.score, made.max, made.undecided, check_scores(made))
    lab.keep(attempt.graded(grade))
    best = BestScore(made.score, made.max, made.graded_at, attempt.hints_used, attempt.solution_shown)
    if not made.undecided:
        keep_best(lab.record.scenario, best)
