"""Prove a scenario: play its answers, each on a new lab, and compare what is graded with what it says."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

from ckslab.answers import SOLUTION, Answer, Answers, answer_steps, load_answers, play, split
from ckslab.cluster.backend import Backend
from ckslab.cluster.live_files import LiveFiles
from ckslab.errors import CkslabError, UsageError
from ckslab.grading.report import Report
from ckslab.lab import backends, catalogue
from ckslab.lab.clock import now
from ckslab.lab.grade import grade_node
from ckslab.lab.make import make
from ckslab.lab.plan import add_ons
from ckslab.lab.player import LivePlayer
from ckslab.progress import Progress, Silent
from ckslab.render.views import Played
from ckslab.scenario.draw import compatible
from ckslab.scenario.find import find_scenarios
from ckslab.scenario.model import Fault, Scenario
from ckslab.store.labs import make_lab_folder, remove_lab_folder
from ckslab.store.lock import lab_lock
from ckslab.store.record import LabRecord, write_record

UNTOUCHED = "untouched"
NONCE = "kv7m3q"
PAIRS = 4
"""Pairs of faults that are played beside each fault alone, drawn by a fixed seed."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to play: an answer, in a lab with these faults, for the n-th time."""

    scenario: Scenario
    answers: Answers
    answer: str
    faults: tuple[Fault, ...]
    turn: int

    @property
    def label(self) -> str:
        """The answer's name, with the faults where there are any."""
        drawn = f" [{' + '.join(fault.id for fault in self.faults)}]" if self.faults else ""
        return f"{self.answer}{drawn}"


def verify(
    ids: Sequence[str],
    *,
    roots: Sequence[Path],
    only: str | None,
    repeat: int,
    jobs: int,
    cluster: str,
    progress: Progress,
) -> Iterator[Played]:
    """Play everything, `jobs` labs side by side; a result each, as they come. Labs of its own, removed after."""
    wanted = list(tasks(ids, roots, only, repeat))
    if not wanted:
        raise UsageError(f"no scenario has an answer {only!r}" if only else "there is nothing to play")
    backend = backends.choose(cluster, wanted[0].scenario).backend
    for wanted_add_ons in {add_ons(task.scenario) for task in wanted}:
        backend.prepare(progress, add_ons=wanted_add_ons)
    names = [f"verify-{os.getpid()}-{number}" for number in range(max(1, jobs))]
    with Player(backend, names) as player, ThreadPoolExecutor(len(names)) as pool:
        futures = [pool.submit(player.play, task) for task in wanted]
        try:
            for done, future in enumerate(as_completed(futures), 1):
                progress.step("playing answers")
                progress.advance(done, len(wanted), "answers")
                yield future.result()
        finally:  # interrupted: what is being played fails at once where its node is gone
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in futures):
                player.stop_nodes()
                time.sleep(0.2)


def tasks(ids: Sequence[str], roots: Sequence[Path], only: str | None, repeat: int) -> Iterator[Task]:
    """What there is to play in these scenarios, in all of them where `ids` is empty."""
    for name in ids or sorted(find_scenarios(roots)):
        yield from _tasks(name, roots, only, repeat)


class Player:
    """Plays tasks, each on a new lab under one of these names; all labs are removed at its end."""

    def __init__(self, backend: Backend, names: Sequence[str]) -> None:
        self._backend = backend
        self._names = tuple(names)
        self._free = list(names)

    def __enter__(self) -> Player:
        return self

    def __exit__(self, *_: object) -> None:
        for name in self._names:
            folder = make_lab_folder(name)
            self._backend.remove(folder)
            remove_lab_folder(name)

    def stop_nodes(self) -> None:
        """End all nodes, also under a play that goes on."""
        for name in self._names:
            self._backend.stop(make_lab_folder(name))

    def play(self, task: Task) -> Played:
        """One result; trouble of the lab's own is its outcome unknown."""
        name = self._free.pop()
        begin = time.monotonic()
        try:
            with lab_lock(name, "ckslab author verify", wait=5.0):
                report = play_task(task, self._backend, name)
            detail = _verdict(task, report)
            undecided = any(check.outcome == "unknown" for check in report.checks)
            outcome = _outcome(undecided=undecided, detail=detail)
        except (CkslabError, TimeoutError) as error:
            outcome = "unknown"
            detail = f"{error.message} {error.details}".strip() if isinstance(error, CkslabError) else str(error)
        finally:
            self._free.append(name)
        return Played(task.scenario.id, task.label, outcome, detail, time.monotonic() - begin)


def _outcome(*, undecided: bool, detail: str) -> Literal["pass", "fail", "unknown"]:
    if undecided:
        return "unknown"
    return "fail" if detail else "pass"


def _tasks(name: str, roots: Sequence[Path], only: str | None, repeat: int) -> Iterator[Task]:
    scenario = catalogue.load(name, roots, NONCE)
    answers = load_answers(scenario, NONCE)
    for turn in range(repeat):
        for answer in (UNTOUCHED, SOLUTION, *answers.answers):
            if only in (None, answer):
                for faults in _draws(scenario, answers, answer):
                    yield Task(scenario, answers, answer, faults, turn)


def _draws(scenario: Scenario, answers: Answers, answer: str) -> list[tuple[Fault, ...]]:
    """The faults an answer is played with: each alone and a sample of pairs; a wrong answer with a few."""
    if scenario.faults is None:
        return [()]
    choices = scenario.faults.choices
    pairs = [pair for pair in combinations(choices, 2) if compatible(*pair)]
    sample = random.Random(0).sample(pairs, min(PAIRS, len(pairs)))  # noqa: S311
    singles: list[tuple[Fault, ...]] = [(fault,) for fault in choices]
    if answer in (UNTOUCHED, SOLUTION):
        return [*singles, *sample]
    meant = answers.answer(answer)
    fitting = [drawn for drawn in [*sample, *singles] if meant.applies(drawn)]
    return fitting[:3] if not meant.repairs else fitting[:1]


def play_task(task: Task, backend: Backend, name: str) -> Report:
    """A new lab; leading file steps are played before it boots, except the solution's, which is played live."""
    folder = make_lab_folder(name)
    record = LabRecord(name, task.scenario.id, task.scenario.folder, backend.name, 0, NONCE, now())
    write_record(folder, record)
    steps = [] if task.answer == UNTOUCHED else answer_steps(task.answers, task.answer, task.faults)
    before, live = ([], steps) if task.answer == SOLUTION else split(steps)
    made = make(folder, record, task.scenario, backend, Silent(), faults=task.faults, steps=before)
    play(live, LiveFiles(made.node), LivePlayer(made.node, made.api, Silent()))
    return grade_node(task.scenario, record, folder, made.node, Silent(), faults=task.faults)


def _verdict(task: Task, report: Report) -> str:
    """What is wrong with this result, "" if it is as the scenario says."""
    unknown = [f"{check.id}: {check.observed}" for check in report.checks if check.outcome == "unknown"]
    if unknown:
        return f"could not find out: {'; '.join(unknown)}"
    if task.answer == UNTOUCHED:
        earned = [check.id for check in report.checks if check.earned]
        return f"earns points for {', '.join(earned)} and should earn nothing" if earned else ""
    failing = {check.id for check in report.checks if check.outcome == "fail"}
    answer = task.answers.answer(task.answer)
    wanted = answer.failing(task.faults)
    if failing != wanted:
        return _difference(report, failing, wanted)
    return _told(answer, report)


def _difference(report: Report, failing: set[str], wanted: frozenset[str]) -> str:
    parts = [
        f"{check.id} fails: {check.observed or check.message}{f' (waits for {check.after})' if check.after else ''}"
        for check in report.checks
        if check.id in failing - wanted
    ]
    if missing := sorted(wanted - failing):
        parts.append(f"{', '.join(missing)} should fail and passes")
    return "; ".join(parts)


def _told(answer: Answer, report: Report) -> str:
    if answer.says is None:
        return ""
    texts = " ".join(f"{check.expected} {check.observed} {check.message} {check.log}" for check in report.checks)
    return "" if answer.says in texts else f"the learner is not told {answer.says!r}"
