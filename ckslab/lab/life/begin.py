"""Give a lab its node and begin an attempt: for start and reset alike."""

from __future__ import annotations

from dataclasses import replace

from ckslab.lab.clock import now
from ckslab.lab.make import make
from ckslab.lab.model import Lab
from ckslab.progress import Progress
from ckslab.store.attempt import Attempt
from ckslab.store.disk import as_lab_error


def begin(lab: Lab, progress: Progress) -> None:
    """Make the lab's node, anew where it has one. Until all of it is there the lab is not ready."""
    if lab.record.ready:
        lab.save(replace(lab.record, ready=False))
    try:
        with as_lab_error(f"cannot make lab {lab.name}"):
            make(lab, progress)
    except BaseException:
        lab.backend.stop(lab.folder)
        raise
    lab.keep(Attempt(now()))
    lab.save(lab.record.made(lab.scenario.digest, lab.initial_files.kubernetes_version))
