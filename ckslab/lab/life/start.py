"""Start a lab, or go on with one that is there."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ckslab.errors import CkslabError, UsageError
from ckslab.lab import backends, catalogue
from ckslab.lab.clock import now
from ckslab.lab.life.begin import begin
from ckslab.lab.model import Lab, RunningLab
from ckslab.progress import Progress
from ckslab.scenario.model import Scenario
from ckslab.store.record import FILE, LabRecord

LETTERS = "abcdefghjkmnpqrstuvwxyz"
DIGITS = "23456789"


@dataclass(frozen=True, slots=True)
class Started:
    """A lab that the learner may work on. resumed: it was there before. why: this backend was taken."""

    lab: Lab
    resumed: bool
    why: str = ""


def start_lab(
    scenario_id: str,
    *,
    roots: Sequence[Path],
    cluster: str,
    seed: int | None,
    name: str | None,
    progress: Progress,
    node_image: str | None = None,
    stock: bool = False,
) -> Started:
    """Start the lab `name` (the scenario's id unless given); one that is there goes on as it was left.

    stock: with the exam's own times.
    """
    scenario = catalogue.load_scenario(scenario_id, roots)
    with Lab(name or scenario.id).hold("ckslab start") as lab:
        kept = (lab.folder / FILE).exists()  # else it is a folder in which nothing was begun
        if kept:
            _same(lab.record, scenario, seed, cluster, stock)
            if lab.record.ready:
                return _resume(lab, progress)
        choice = backends.choose(lab.record.cluster if kept else cluster, scenario, node_image)
        if not kept:
            lab = Lab.begin(_record(lab.name, scenario, choice.backend.name, seed, stock))
        lab.backend = choice.backend
        begin(lab, progress)
        return Started(lab, False, choice.why)


def _same(kept: LabRecord, scenario: Scenario, seed: int | None, cluster: str, stock: bool) -> None:
    for asked, has, what in (
        (scenario.id, kept.scenario, "scenario"),
        (seed, kept.seed, "seed"),
        (None if cluster == "auto" else cluster, kept.cluster, "cluster"),
    ):
        if asked is not None and asked != has:
            raise UsageError(
                f"there is a lab {kept.name} already, of {what} {has}",
                advice=f"next: ckslab stop {kept.name} · or start with another --name",
            )
    if stock and not kept.stock:
        raise UsageError(
            f"there is a lab {kept.name} already, without --stock",
            advice=f"next: ckslab stop {kept.name} · or start with another --name",
        )


def _record(name: str, scenario: Scenario, cluster: str, seed: int | None, stock: bool) -> LabRecord:
    """Of a lab whose node is not made yet."""
    drawn = secrets.randbelow(10_000) if seed is None and scenario.faults else seed or 0
    folder = scenario.folder.resolve()
    return LabRecord(
        name, scenario.id, folder, cluster, drawn, new_nonce(), now(), ready=False, stock=stock
    )


def new_nonce() -> str:
    """A token such as `kq7wm4`: a letter first, nothing that looks like something else."""
    first = secrets.choice(LETTERS)
    return first + "".join(secrets.choice(LETTERS + DIGITS) for _ in range(5))


def _resume(lab: Lab, progress: Progress) -> Started:
    state = lab.backend.state(lab.folder)
    if state == "absent":
        raise CkslabError(f"the files of lab {lab.name}'s node are gone", advice=f"next: ckslab reset {lab.name}")
    if state == "stopped":
        running = RunningLab.of(lab, lab.backend.boot(lab.folder, progress))
        progress.step("waiting for the API server")
        running.settle(progress)
    return Started(lab, True)
