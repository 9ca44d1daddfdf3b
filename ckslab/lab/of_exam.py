"""Labs that are tasks of an exam: until that is graded nobody helps with them, and nothing else moves them."""

from __future__ import annotations

from ckslab.errors import LabError, UsageError
from ckslab.lab.model import Lab
from ckslab.store.labs import lab_names


def practice_labs() -> list[str]:
    """The names of the labs that belong to no exam, those whose record cannot be read among them."""
    return [name for name in lab_names() if not _of_exam(Lab(name))]


def _of_exam(lab: Lab) -> bool:
    try:
        return lab.record.exam is not None
    except LabError:
        return False


def refuse_in_exam(lab: Lab, what: str) -> None:
    """UsageError, with the next step, where the lab is a task of an exam that is not graded.

    what: the command. A lab whose record cannot be read is none.
    """
    try:
        record = lab.record
    except LabError:
        return
    if record.exam is None or not record.sitting:
        return
    raise UsageError(
        f"lab {lab.name} is a task of exam {record.exam}: no {what} before that is submitted and graded",
        advice="ckslab exam (go on) · ckslab exam submit · ckslab exam abandon",
    )
