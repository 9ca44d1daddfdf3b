"""Start a lab, or go on with one that is there."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ckslab.errors import CkslabError, UsageError
from ckslab.lab import backends, catalogue
from ckslab.lab.clock import now
from ckslab.lab.learning.history import sat_seeds
from ckslab.lab.make import make
from ckslab.lab.model import Lab, RunningLab
from ckslab.lab.of_exam import refuse_in_exam
from ckslab.progress import Progress
from ckslab.scenario.actions import Step
from ckslab.scenario.model import Scenario
from ckslab.scenario.new_seed import unlike
from ckslab.steps import split
from ckslab.store.attempt import Attempt
from ckslab.store.disk import as_lab_error
from ckslab.store.record import FILE, LabRecord
from ckslab.store.review import forget_review
from ckslab.store.worked import forget_worked

LETTERS = "abcdefghjkmnpqrstuvwxyz"
DIGITS = "23456789"

SEEDS = 10_000

TRIED = 100
"""Seeds of which the one with most news is taken; a draw costs microseconds."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a start asks for. scenario: its id, in one of the roots. cluster: "auto", or a backend's name.

    name: of the lab, the scenario's id unless given. seed: drawn unless given. node_image: of kind's nodes, the
    pinned one unless given. stock: with the exam's own times. new_seed: one that draws another lab than before.
    """

    scenario: str
    roots: Sequence[Path]
    cluster: str = "auto"
    name: str | None = None
    seed: int | None = None
    node_image: str | None = None
    stock: bool = False
    new_seed: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """A lab that the learner may work on. resumed: it was there before. why: this backend was taken."""

    lab: Lab
    resumed: bool
    why: str = ""


def start_lab(wanted: Wanted, progress: Progress) -> Started:
    """Start a lab; one of that name that is there goes on as it was left."""
    scenario = catalogue.load_scenario(wanted.scenario, wanted.roots)
    with Lab(wanted.name or scenario.id).hold("ckslab start") as lab:
        kept = (lab.folder / FILE).exists()  # else it is a folder in which nothing was begun
        if kept:
            refuse_in_exam(lab, "start")
            _same(lab.record, scenario.id, wanted)
            if lab.record.ready:
                return _resume(lab, progress)
        choice = backends.choose(lab.record.cluster if kept else wanted.cluster, scenario, wanted.node_image)
        if not kept:
            lab = Lab.begin(new_record(lab.name, scenario, choice.backend.name, wanted))
        lab.backend = choice.backend
        begin(lab, progress)
        return Started(lab, False, choice.why)


def _same(kept: LabRecord, scenario: str, wanted: Wanted) -> None:
    """UsageError where the lab that is there is another than the wanted one."""
    cluster = None if wanted.cluster == "auto" else wanted.cluster
    differing = [
        f"of {what} {has}"
        for asked, has, what in (
            (scenario, kept.scenario, "scenario"),
            (wanted.seed, kept.seed, "seed"),
            (cluster, kept.cluster, "cluster"),
        )
        if asked not in (None, has)
    ]
    if wanted.new_seed:
        differing.append(f"of seed {kept.seed}")
    if wanted.stock and not kept.stock:
        differing.append("without --stock")
    if differing:
        raise UsageError(
            f"there is a lab {kept.name} already, {differing[0]}",
            advice=f"next: ckslab stop {kept.name} · or start with another --name",
        )


def new_record(name: str, scenario: Scenario, cluster: str, wanted: Wanted) -> LabRecord:
    """Of a lab whose node is not made yet."""
    drawn = _new_seed(scenario) if wanted.new_seed else wanted.seed
    if drawn is None:
        drawn = secrets.randbelow(SEEDS) if scenario.seeded else 0
    folder, nonce = scenario.folder.resolve(), new_nonce()
    return LabRecord(name, scenario.id, folder, cluster, drawn, nonce, now(), ready=False, stock=wanted.stock)


def _new_seed(scenario: Scenario) -> int:
    """UsageError where nothing of the scenario is drawn."""
    if not scenario.seeded:
        raise UsageError(f"each lab of {scenario.id} is alike", advice=f"ckslab start {scenario.id}")
    return unlike(scenario, sat_seeds(scenario.id), (secrets.randbelow(SEEDS) for _ in range(TRIED)))


def new_nonce() -> str:
    """A token such as `kq7wm4`: a letter first, nothing that looks like something else."""
    first = secrets.choice(LETTERS)
    return first + "".join(secrets.choice(LETTERS + DIGITS) for _ in range(5))


def begin(lab: Lab, progress: Progress, answer: Sequence[Step] = ()) -> None:
    """Make the lab's node, anew where it has one. Until all of it is there the lab is not ready.

    answer: steps that are played before it is handed over, those on files before the node boots.
    """
    before, live = split(answer)
    if lab.record.ready:
        lab.save(replace(lab.record, ready=False))
    try:
        with as_lab_error(f"cannot make lab {lab.name}"):
            running = make(lab, progress, steps=before)
            running.play(live, progress)
    except BaseException:
        lab.backend.stop(lab.folder)
        raise
    forget_review(lab.folder)
    lab.keep(Attempt(now()))
    forget_worked(lab.folder)
    lab.save(lab.record.made(lab.scenario.digest, lab.initial_files.kubernetes_version))


def _resume(lab: Lab, progress: Progress) -> Started:
    state = lab.backend.state(lab.folder)
    if state == "absent":
        raise CkslabError(f"the files of lab {lab.name}'s node are gone", advice=f"next: ckslab reset {lab.name}")
    if state == "stopped":
        running = RunningLab.of(lab, lab.backend.boot(lab.folder, progress))
        progress.step("waiting for the API server")
        running.settle(progress)
    return Started(lab, True)
