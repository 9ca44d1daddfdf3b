"""The run: all jobs, on one backend or two, some labs side by side."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace

from ckslab.cluster.backend import Backend
from ckslab.lab import backends
from ckslab.lab.layers import layers_of
from ckslab.lab.results import AnswerResult
from ckslab.lab.verify.answer_runner import AnswerRunner
from ckslab.lab.verify.jobs import Job
from ckslab.lab.verify.verdict import unequal
from ckslab.progress import Progress


def run_jobs(
    wanted: Sequence[Job], *, labs: int, cluster: str, against: str | None, progress: Progress
) -> Iterator[AnswerResult]:
    """Run all of them in `labs` labs side by side, which are removed after; a result each, as they come.

    against: all are run on this backend afterwards, where each check must give what it gave before.
    """
    shares = _by_backend(wanted, cluster)
    if against is not None:
        shares += _by_backend(wanted, against)
    total, done = sum(len(share) for _, share in shares), 0
    first: dict[tuple[str, str, int], AnswerResult] = {}
    for backend, share in shares:
        for job, result in _run_on(backend, share, labs, progress):
            done += 1
            progress.step("playing answers")
            progress.advance(done, total, "answers")
            yield _compared(result, first.setdefault(job.key, result))


def _by_backend(wanted: Sequence[Job], cluster: str) -> list[tuple[Backend, list[Job]]]:
    """The jobs, each with the backend that its scenario gets; one backend or two."""
    scenarios = {job.scenario.id: job.scenario for job in wanted}
    chosen = {id_: backends.choose(cluster, scenario).backend for id_, scenario in scenarios.items()}
    by_name: Mapping[str, Backend] = {backend.name: backend for backend in chosen.values()}
    return [
        (backend, [job for job in wanted if chosen[job.scenario.id].name == name])
        for name, backend in by_name.items()
    ]


def _run_on(
    backend: Backend, wanted: Sequence[Job], labs: int, progress: Progress
) -> Iterator[tuple[Job, AnswerResult]]:
    for layers in dict.fromkeys(layers_of(job.scenario) for job in wanted):
        backend.prepare(progress, layers=layers)
    names = [f"verify-{os.getpid()}-{number}" for number in range(max(1, labs))]
    with AnswerRunner(backend, names) as runner, ThreadPoolExecutor(len(names)) as pool:
        futures = {pool.submit(runner.run, job): job for job in wanted}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:  # interrupted: what is being played fails at once where its node is gone
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in futures):
                runner.stop_nodes()
                time.sleep(0.2)


def _compared(result: AnswerResult, first: AnswerResult) -> AnswerResult:
    """The result on a second backend: as good as itself and as equal to the first."""
    if "unknown" in (result.outcome, first.outcome):
        return result
    if difference := unequal(result.grades, first.grades, first.cluster):
        return replace(result, outcome="fail", detail="; ".join(filter(None, (result.detail, difference))))
    return result
