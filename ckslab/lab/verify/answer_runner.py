"""Runs verify's jobs: each answer on a new lab, graded, and compared with what its scenario says of it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

from ckslab.cluster.backend import Backend
from ckslab.errors import CkslabError, LabError
from ckslab.grading.report import Report
from ckslab.lab.clock import now
from ckslab.lab.grade import check_scores, grade_running
from ckslab.lab.make import make
from ckslab.lab.model import Lab
from ckslab.lab.results import AnswerResult
from ckslab.lab.verify.jobs import NONCE, UNTOUCHED, Job
from ckslab.lab.verify.verdict import verdict
from ckslab.progress import Silent
from ckslab.scenario.answers.model import SOLUTION, answer_steps
from ckslab.steps import split
from ckslab.store.attempt import CheckScore
from ckslab.store.labs import make_lab_folder, remove_lab_folder
from ckslab.store.lock import lab_lock
from ckslab.store.record import LabRecord


class AnswerRunner:
    """Runs jobs, each on a new lab under one of these names; all labs are removed at its end."""

    def __init__(self, backend: Backend, names: Sequence[str]) -> None:
        self._backend = backend
        self._names = tuple(names)
        self._free = list(names)

    def __enter__(self) -> AnswerRunner:
        return self

    def __exit__(self, *_: object) -> None:
        failed = None
        for name in self._names:
            folder = make_lab_folder(name)
            try:
                self._backend.remove(folder)
            except LabError as error:
                failed = error
            else:
                remove_lab_folder(name)
        if failed is not None:
            raise failed

    def stop_nodes(self) -> None:
        """End all nodes, also under a job that goes on; trouble with one is met again when it is removed."""
        for name in self._names:
            with suppress(LabError):
                self._backend.stop(make_lab_folder(name))

    def run(self, job: Job) -> AnswerResult:
        """One result; trouble of the lab's own is its outcome unknown."""
        name = self._free.pop()
        given: dict[str, CheckScore] = {}
        begin = time.monotonic()
        try:
            with lab_lock(name, "ckslab author verify", wait=5.0):
                report = run_job(job, self._backend, name)
            given = check_scores(report)
            detail = verdict(job, report)
            undecided = any(check.outcome == "unknown" for check in report.checks)
            outcome = _outcome(undecided=undecided, detail=detail)
        except (CkslabError, TimeoutError) as error:
            outcome = "unknown"
            detail = f"{error.message} {error.details}".strip() if isinstance(error, CkslabError) else str(error)
        except Exception:  # a fault of ckslab: told with its place, and the other answers are played all the same
            outcome, detail = "unknown", traceback.format_exc().rstrip()
        finally:
            self._free.append(name)
        seconds = time.monotonic() - begin
        return AnswerResult(job.scenario.id, job.label, self._backend.name, outcome, detail, seconds, given)


def _outcome(*, undecided: bool, detail: str) -> Literal["pass", "fail", "unknown"]:
    if undecided:
        return "unknown"
    return "fail" if detail else "pass"


def run_job(job: Job, backend: Backend, name: str) -> Report:
    """A new lab; leading file steps are played before it boots.

    Not so the solution's, which is played live, nor those in a lab with faults: they show first, as to a learner.
    """
    lab = Lab.begin(LabRecord(name, job.scenario.id, job.scenario.folder, backend.name, job.seed, NONCE, now()))
    lab.scenario, lab.faults, lab.backend = job.scenario, job.faults, backend
    steps = [] if job.answer == UNTOUCHED else answer_steps(job.answers, job.answer, job.faults)
    # the set-up's objects are made by an API server that runs, whatever the answer does to it
    as_learners = job.answer == SOLUTION or job.faults or lab.scenario.setup.objects
    before, live = ([], steps) if as_learners else split(steps)
    running = make(lab, Silent(), steps=before)
    running.play(live, Silent())
    return grade_running(running, Silent())
