"""home/past/NAME: what is kept of a lab that was removed, so that its last report can still be read."""

from __future__ import annotations

from pathlib import Path

from ckslab.store import attempt, record
from ckslab.store.disk import as_lab_error
from ckslab.store.home import private_folder
from ckslab.store.labs import is_lab_name, lab_folder
from ckslab.store.review import REPORT_FILE, REVIEW_FILE

FILES = (record.FILE, attempt.FILE, REVIEW_FILE, REPORT_FILE)
"""The report last: where it is, the others are those of its lab."""


def past_folder(name: str) -> Path:
    """Where it lies or would lie. UsageError for what cannot be a lab's name."""
    return private_folder("past") / lab_folder(name).name


def past_names() -> list[str]:
    """The names of removed labs whose report is kept, sorted."""
    folder = private_folder("past")
    return sorted(
        entry.name for entry in folder.iterdir() if is_lab_name(entry.name) and (entry / REPORT_FILE).is_file()
    )


def keep_past(name: str) -> None:
    """Keep the report of a lab that is about to be removed, in the place of that of an earlier one of this name.

    A lab that was never graded leaves the earlier one's. LabError when the disk refuses.
    """
    folder = lab_folder(name)
    if not (folder / REPORT_FILE).is_file():
        return
    past = past_folder(name)
    with as_lab_error(f"cannot keep the report of lab {name}"):
        past.mkdir(mode=0o700, exist_ok=True)
        for file in reversed(FILES):
            (past / file).unlink(missing_ok=True)
        for file in FILES:
            if (folder / file).is_file():
                (folder / file).replace(past / file)
