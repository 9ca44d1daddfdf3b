"""Starting an exam: it is drawn, its first hosts are made, and then its clock starts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ckslab.errors import UsageError
from ckslab.exam import clock, hosts, supervisor
from ckslab.exam.candidates import Possible, possible
from ckslab.exam.capacity import labs_at_once
from ckslab.exam.draw import Candidate, Wish, draw, task_seed, weights
from ckslab.exam.sitting import Sitting, SittingTask, change, new_exam_folder, open_exam, write_sitting
from ckslab.lab.life.start import new_nonce
from ckslab.progress import Progress
from ckslab.scenario.loading.pack import Pack
from ckslab.store.lock import locked

READY_FIRST = 2
"""Hosts that are ready before the clock starts."""

MINUTES = 120
"""Of the exam: https://docs.linuxfoundation.org/tc-docs/certification/important-instructions-cks"""

MAX_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class ExamWish:
    """What `exam start` asks for. cluster: "auto", or a backend's name. seed: drawn unless given.

    minutes: None takes the exam's, or the tasks' where their number or names are given. labs: at once; measured
    unless given.
    """

    roots: Sequence[Path]
    minutes: int | None = None
    tasks: int | None = None
    topics: tuple[str, ...] = ()
    level: str | None = None
    scenarios: tuple[str, ...] = ()
    seed: int | None = None
    labs: int | None = None
    cluster: str = "auto"
    practice: bool = False
    stock: bool = False


def refuse_second() -> None:
    """UsageError, naming it, where an exam is open."""
    if (other := open_exam()) is not None:
        raise UsageError(
            f"exam {other.id} is {other.state}: there is one exam at a time",
            advice="ckslab exam (go on) · ckslab exam submit · ckslab exam abandon",
        )


def draw_exam(wish: ExamWish) -> Sitting:
    """Draw an exam and keep it, with copies of its scenarios; its clock does not run yet.

    UsageError: one is open, or nothing can be drawn so. MissingCapability: no lab can run here.
    """
    with locked("exams", what="the exams", command="ckslab exam start", wait=5.0):
        refuse_second()
        found = possible(wish.roots, wish.cluster, wish.scenarios or None)
        for name in wish.scenarios:
            if name in found.left_out:
                raise UsageError(f"{name} cannot run here: {found.left_out[name]}", advice="ckslab doctor")
        seed = secrets.randbelow(1_000_000) if wish.seed is None else wish.seed
        drawn = _drawn(wish, [one.candidate for one in found.runnable.values()], seed)
        minutes = wish.minutes or _minutes(wish, drawn)
        return _kept(wish, found, drawn, seed, minutes)


def prepare(sitting: Sitting, progress: Progress) -> None:
    """Make the first hosts; goes on where it was interrupted.

    LabError: a host cannot be made; the exam stays as it is, and can be prepared again or given up.
    """
    for task in reversed(sitting.tasks[:READY_FIRST]):  # where the machine holds one alone, the first is awake
        hosts.wake(sitting, task.number, progress)


def begin(sitting: Sitting) -> Sitting:
    """Start the clock, and with it the supervisor."""
    running = change(sitting.id, lambda one: clock.started(one, clock.present(one.folder)))
    supervisor.ensure(running)
    return running


def _drawn(wish: ExamWish, candidates: Sequence[Candidate], seed: int) -> tuple[Candidate, ...]:
    minutes = wish.minutes or (MINUTES if wish.tasks is None else MAX_MINUTES)
    return draw(candidates, Wish(minutes, wish.tasks, wish.topics, wish.level, wish.scenarios), seed)


def _minutes(wish: ExamWish, drawn: Sequence[Candidate]) -> int:
    """Of an exam whose tasks are given and not its time: theirs."""
    if wish.tasks is None and not wish.scenarios:
        return MINUTES
    return min(MAX_MINUTES, sum(one.minutes for one in drawn))


def _kept(wish: ExamWish, found: Possible, drawn: Sequence[Candidate], seed: int, minutes: int) -> Sitting:
    tasks = tuple(
        SittingTask(
            number=number,
            scenario=one.id,
            title=one.title,
            topic=one.topic,
            difficulty=one.difficulty,
            minutes=one.minutes,
            weight=weight,
            seed=task_seed(seed, one.id),
            nonce=new_nonce(),
            digest=found.runnable[one.id].scenario.digest,
            cluster=found.runnable[one.id].backend,
            bullet=one.bullet,
        )
        for number, (one, weight) in enumerate(zip(drawn, weights(drawn), strict=True), 1)
    )
    local = any(task.cluster == "local" for task in tasks)
    labs = wish.labs or labs_at_once(len(tasks), local=local)
    exam_id = new_exam_folder(date.today())
    sitting = Sitting(exam_id, seed, minutes, tasks, labs, wish.practice, wish.stock, left_out=dict(found.left_out))
    for task in sitting.tasks:
        hosts.keep_scenario(sitting, task, Pack(found.runnable[task.scenario].scenario.folder))
    sitting = replace(sitting, created_at=clock.present(sitting.folder))
    write_sitting(sitting)  # last: what is written can be gone on with
    return sitting
