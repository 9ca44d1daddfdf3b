"""Grade a lab."""

from __future__ import annotations

import time
from pathlib import Path

from ckslab.add_ons.lab_add_ons import lab_add_ons
from ckslab.checks import CHECK_TYPES
from ckslab.cluster.api import Api, preload
from ckslab.cluster.backend import Node
from ckslab.control_plane.policies import settle_policies
from ckslab.control_plane.settle import settle
from ckslab.grading import grade
from ckslab.grading.report import Report, report
from ckslab.lab import catalogue
from ckslab.lab.clock import now
from ckslab.lab.lab_facts import sources
from ckslab.lab.running import running
from ckslab.needs.collect import collect
from ckslab.progress import Progress
from ckslab.scenario.faults import Fault
from ckslab.scenario.model import Scenario
from ckslab.store.attempt import Attempt, Grade, read_attempt, write_attempt
from ckslab.store.lock import lab_lock
from ckslab.store.record import LabRecord
from ckslab.store.scores import BestScore, keep_best


def grade_lab(name: str, progress: Progress, *, files_only: bool = False) -> Report:
    """Grade the lab as it is now and keep the result; `files_only` leaves out (and does not keep) what is live."""
    with lab_lock(name, "ckslab grade", wait=2.0):
        record, folder, node = running(name)
        scenario = catalogue.load_folder(record.folder, record.nonce)
        made = grade_node(scenario, record, folder, node, progress, files_only=files_only)
        if not files_only:
            _keep(folder, record, made)
        return made


def grade_node(
    scenario: Scenario,
    record: LabRecord,
    folder: Path,
    node: Node,
    progress: Progress,
    *,
    files_only: bool = False,
    faults: tuple[Fault, ...] | None = None,
) -> Report:
    """Grade a running node; faults: those of the record's seed unless given."""
    begin = time.monotonic()
    if not files_only:
        preload()
    api = Api(node.kubeconfig)
    add_ons = lab_add_ons(scenario.setup.add_ons)
    settled = None if files_only else settle(node, api, progress)
    if settled is not None:
        if settled.state == "ready":
            settle_policies(api, progress, add_ons)
        progress.step("grading")
    found = sources(node, api, settled, folder, record, scenario, faults)
    graded = grade(scenario, CHECK_TYPES, collect(found), files_only=files_only)
    attempt = read_attempt(folder) or Attempt(record.created_at)
    return report(
        graded,
        scenario,
        lab=record.name,
        cluster=record.cluster,
        seed=record.seed,
        started_at=attempt.started_at,
        graded_at=now(),
        hints_used=attempt.hints_used,
        solution_shown=attempt.solution_shown,
        duration_ms=int((time.monotonic() - begin) * 1000),
    )


def _keep(folder: Path, record: LabRecord, made: Report) -> None:
    attempt = read_attempt(folder) or Attempt(record.created_at)
    entry = Grade(made.graded_at, made.score, made.max, made.undecided)
    write_attempt(folder, attempt.graded(entry))
    best = BestScore(made.score, made.max, made.graded_at, attempt.hints_used, attempt.solution_shown)
    if not made.undecided:
        keep_best(record.scenario, best)
