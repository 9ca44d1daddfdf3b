"""Start a lab, or go on with one that is there."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ckslab.cluster.api import Api
from ckslab.control_plane.settle import settle
from ckslab.errors import CkslabError, UsageError
from ckslab.lab import backends, catalogue
from ckslab.lab.clock import now
from ckslab.lab.make import make
from ckslab.progress import Progress
from ckslab.scenario.model import Scenario
from ckslab.store.attempt import Attempt, write_attempt
from ckslab.store.disk import explained
from ckslab.store.labs import lab_folder, make_lab_folder
from ckslab.store.lock import lab_lock
from ckslab.store.record import FILE, LabRecord, read_record, write_record

LETTERS = "abcdefghjkmnpqrstuvwxyz"
DIGITS = "23456789"


@dataclass(frozen=True, slots=True)
class Started:
    """A lab that the learner may work on. resumed: it was there before. why: this backend was taken."""

    record: LabRecord
    resumed: bool
    cluster: str
    why: str


def start(
    scenario_id: str,
    *,
    roots: Sequence[Path],
    cluster: str,
    seed: int | None,
    name: str | None,
    progress: Progress,
    node_image: str | None = None,
) -> Started:
    """Start the lab `name` (the scenario's id unless given); one that is there goes on as it was left."""
    scenario = catalogue.load(scenario_id, roots)
    lab = name or scenario.id
    lab_folder(lab)  # a name that cannot be one is refused before anything is made
    with lab_lock(lab, "ckslab start", wait=2.0):
        kept = _kept(lab)
        if kept is not None:
            _same(kept, scenario, seed, cluster)
            if kept.ready:
                return _resume(kept, progress)
        choice = backends.choose(kept.cluster if kept else cluster, scenario, node_image)
        record = kept or _record(lab, scenario, choice.backend.name, seed)
        folder = make_lab_folder(lab)
        write_record(folder, replace(record, ready=False))
        filled = catalogue.load_folder(scenario.folder, record.nonce)
        try:
            with explained(f"cannot make lab {lab}"):
                make(folder, record, filled, choice.backend, progress)
        except BaseException:
            choice.backend.stop(folder)
            raise
        write_attempt(folder, Attempt(now()))
        write_record(folder, record.made())
        return Started(record.made(), False, choice.backend.name, choice.why)


def _kept(lab: str) -> LabRecord | None:
    """The record of a lab that is there; None for a folder in which nothing was begun."""
    folder = lab_folder(lab)
    return read_record(folder) if (folder / FILE).exists() else None


def _same(kept: LabRecord, scenario: Scenario, seed: int | None, cluster: str) -> None:
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


def _record(lab: str, scenario: Scenario, cluster: str, seed: int | None) -> LabRecord:
    drawn = secrets.randbelow(10_000) if seed is None and scenario.faults else seed or 0
    return LabRecord(lab, scenario.id, scenario.folder.resolve(), cluster, drawn, new_nonce(), now())


def new_nonce() -> str:
    """A token such as `kq7wm4`: a letter first, nothing that looks like something else."""
    first = secrets.choice(LETTERS)
    return first + "".join(secrets.choice(LETTERS + DIGITS) for _ in range(5))


def _resume(record: LabRecord, progress: Progress) -> Started:
    folder = lab_folder(record.name)
    backend = backends.backend(record.cluster)
    state = backend.state(folder)
    if state == "absent":
        raise CkslabError(
            f"the files of lab {record.name}'s node are gone", advice=f"next: ckslab reset {record.name}"
        )
    if state == "stopped":
        node = backend.boot(folder, progress)
        progress.step("waiting for the API server")
        settle(node, Api(node.kubeconfig), progress)
    return Started(record, True, record.cluster, "")
