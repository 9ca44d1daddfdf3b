"""Prove a scenario: play its answers, each on a new lab, and compare what is graded with what it says."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

from ckslab.add_ons.lab_add_ons import lab_add_ons
from ckslab.cluster.backend import Backend
from ckslab.cluster.node.live_files import LiveFiles
from ckslab.errors import CkslabError, LabError, UsageError
from ckslab.grading.report import Report
from ckslab.lab import backends
from ckslab.lab.clock import now
from ckslab.lab.grade import grade_node
from ckslab.lab.make import make
from ckslab.lab.results import AnswerResult, CheckScore
from ckslab.lab.verdict import grades, unequal, verdict
from ckslab.lab.verify_jobs import NONCE, UNTOUCHED, Job, plan_jobs
from ckslab.progress import Progress, Silent
from ckslab.scenario.answers.model import SOLUTION, answer_steps
from ckslab.steps import run_steps, split
from ckslab.steps.cluster_steps import ClusterSteps
from ckslab.store.labs import make_lab_folder, remove_lab_folder
from ckslab.store.lock import lab_lock
from ckslab.store.record import LabRecord, write_record


def verify(
    ids: Sequence[str],
    *,
    roots: Sequence[Path],
    only: str | None,
    repeat: int,
    jobs: int,
    cluster: str,
    against: str | None,
    progress: Progress,
) -> Iterator[AnswerResult]:
    """Play every answer of these scenarios, of all where `ids` is empty; a result each: see `play_tasks`."""
    wanted = list(plan_jobs(ids, roots, only, repeat))
    if not wanted:
        raise UsageError(f"no scenario has an answer {only!r}" if only else "there is nothing to play")
    yield from play_tasks(wanted, jobs=jobs, cluster=cluster, against=against, progress=progress)


def play_tasks(
    wanted: Sequence[Job], *, jobs: int, cluster: str, against: str | None, progress: Progress
) -> Iterator[AnswerResult]:
    """Play all of it, `jobs` labs side by side; a result each, as they come. Labs of its own, removed after.

    against: all is played on this backend afterwards, where each check must give what it gave before.
    """
    shares = _by_backend(wanted, cluster)
    if against is not None:
        shares += _by_backend(wanted, against)
    total, done = sum(len(share) for _, share in shares), 0
    first: dict[tuple[str, str, int], AnswerResult] = {}
    for backend, share in shares:
        for task, played in _play_all(backend, share, jobs, progress):
            done += 1
            progress.step("playing answers")
            progress.advance(done, total, "answers")
            yield _compared(played, first.setdefault(task.key, played))


def _by_backend(wanted: Sequence[Job], cluster: str) -> list[tuple[Backend, list[Job]]]:
    """The tasks, each with the backend that its scenario gets; one backend or two."""
    scenarios = {task.scenario.id: task.scenario for task in wanted}
    chosen = {id_: backends.choose(cluster, scenario).backend for id_, scenario in scenarios.items()}
    by_name: Mapping[str, Backend] = {backend.name: backend for backend in chosen.values()}
    return [
        (backend, [task for task in wanted if chosen[task.scenario.id].name == name])
        for name, backend in by_name.items()
    ]


def _play_all(
    backend: Backend, wanted: Sequence[Job], jobs: int, progress: Progress
) -> Iterator[tuple[Job, AnswerResult]]:
    for layers in dict.fromkeys(lab_add_ons(task.scenario.setup.add_ons).layers for task in wanted):
        backend.prepare(progress, layers=layers)
    names = [f"verify-{os.getpid()}-{number}" for number in range(max(1, jobs))]
    with AnswerRunner(backend, names) as player, ThreadPoolExecutor(len(names)) as pool:
        futures = {pool.submit(player.play, task): task for task in wanted}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:  # interrupted: what is being played fails at once where its node is gone
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in futures):
                player.stop_nodes()
                time.sleep(0.2)


def _compared(played: AnswerResult, first: AnswerResult) -> AnswerResult:
    """The result on a second backend: as good as itself and as equal to the first."""
    if "unknown" in (played.outcome, first.outcome):
        return played
    if difference := unequal(played.grades, first.grades, first.cluster):
        return replace(played, outcome="fail", detail="; ".join(filter(None, (played.detail, difference))))
    return played


class AnswerRunner:
    """Plays tasks, each on a new lab under one of these names; all labs are removed at its end."""

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
        """End all nodes, also under a play that goes on; trouble with one is met again when it is removed."""
        for name in self._names:
            with suppress(LabError):
                self._backend.stop(make_lab_folder(name))

    def play(self, task: Job) -> AnswerResult:
        """One result; trouble of the lab's own is its outcome unknown."""
        name = self._free.pop()
        given: dict[str, CheckScore] = {}
        begin = time.monotonic()
        try:
            with lab_lock(name, "ckslab author verify", wait=5.0):
                report = play_task(task, self._backend, name)
            given = grades(report)
            detail = verdict(task, report)
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
        return AnswerResult(task.scenario.id, task.label, self._backend.name, outcome, detail, seconds, given)


def _outcome(*, undecided: bool, detail: str) -> Literal["pass", "fail", "unknown"]:
    if undecided:
        return "unknown"
    return "fail" if detail else "pass"


def play_task(task: Job, backend: Backend, name: str) -> Report:
    """A new lab; leading file steps are played before it boots, except the solution's, which is played live."""
    folder = make_lab_folder(name)
    record = LabRecord(name, task.scenario.id, task.scenario.folder, backend.name, 0, NONCE, now())
    write_record(folder, record)
    steps = [] if task.answer == UNTOUCHED else answer_steps(task.answers, task.answer, task.faults)
    before, live = ([], steps) if task.answer == SOLUTION else split(steps)
    made = make(folder, record, task.scenario, backend, Silent(), faults=task.faults, steps=before)
    add_ons = lab_add_ons(task.scenario.setup.add_ons)
    run_steps(live, LiveFiles(made.node), ClusterSteps(made.node, made.api, Silent(), add_ons.lags))
    return grade_node(task.scenario, record, folder, made.node, Silent(), faults=task.faults)
