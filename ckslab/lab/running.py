"""A lab whose node runs, or what to do when it does not."""

from __future__ import annotations

from pathlib import Path

from ckslab.cluster.backend import Node
from ckslab.errors import LabError
from ckslab.lab import backends
from ckslab.store.labs import find_lab, lab_folder
from ckslab.store.record import LabRecord


def running(name: str) -> tuple[LabRecord, Path, Node]:
    """A lab's record, folder and running node; LabError, with the way on, when it does not run."""
    record = find_lab(name)
    folder = lab_folder(name)
    resume = f"ckslab start {record.scenario} --name {name}"
    if not record.ready:
        raise LabError(f"the start of lab {name} was interrupted", advice=f"next: {resume} · ckslab stop {name}")
    backend = backends.backend(record.cluster)
    state = backend.state(folder)
    if state == "absent":
        raise LabError(f"the node of lab {name} is gone", advice=f"next: ckslab reset {name} · ckslab stop {name}")
    if state != "running":
        raise LabError(f"lab {name} does not run", advice=f"next: {resume} (it goes on as you left it)")
    return record, folder, backend.open(folder)
