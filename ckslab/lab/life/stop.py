"""Stop a lab and remove it."""

from __future__ import annotations

from ckslab.errors import LabError
from ckslab.lab import backends
from ckslab.lab.model import Lab
from ckslab.lab.of_exam import refuse_in_exam
from ckslab.progress import Progress
from ckslab.store.labs import remove_lab_folder
from ckslab.store.past import keep_past


def stop_lab(lab: Lab, progress: Progress, *, by_exam: bool = False) -> str:
    """Half-made and damaged labs are removed, too; the last report is kept. A sentence where it could not be.

    by_exam: as for a grade.
    """
    with lab.hold("ckslab stop", wait=5.0) as held:
        if not by_exam:
            refuse_in_exam(held, "stop")
        progress.step(f"stopping {held.name}")
        for name in _backends_of(held):
            backends.backend(name).remove(held.folder)
        lost = _kept(held)
        remove_lab_folder(held.name)
        return lost


def _kept(lab: Lab) -> str:
    """Why its report is lost, "" where it is not: a disk that is full keeps nobody from removing a lab."""
    try:
        keep_past(lab.name)
    except LabError as error:
        return f"Its last report is lost: {error.message}"
    return ""


def _backends_of(lab: Lab) -> tuple[str, ...]:
    """The lab's backend; all of them where its record cannot be read, or names none."""
    try:
        named = lab.record.cluster
    except LabError:
        return backends.NAMES
    return (named,) if named in backends.NAMES else backends.NAMES
