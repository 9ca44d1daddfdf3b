"""report.json and review.json: a lab's last report, and what stands beside it for whoever reads it afterwards.

All of it is as it was at that grade: the node may be stopped by then, the scenario changed, the lab removed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ckslab.errors import CkslabError, LabError
from ckslab.grading.report import Report, Text, read_report
from ckslab.store.disk import as_lab_error, read_json, write_json
from ckslab.strict import first_problem

REPORT_FILE = "report.json"
REVIEW_FILE = "review.json"
FORMAT: Final = 1

MAX_BYTES = 16 << 20
"""Of each of the two files; what ckslab writes is some 100 KiB, see `ckslab.lab.review`."""


class Part(BaseModel):
    """A part of what is published; its fields' docstrings are the schema's descriptions."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Excerpt(Part):
    """The lines of a node's file around the place that a check names."""

    check: Text
    path: Text
    first: int
    """The number of the first line, from 1."""
    line: int
    """The number of the line that is meant."""
    lines: tuple[Text, ...]


class FileChange(Part):
    """A file of the solution, compared with what the learner had at the grade."""

    kind: Literal["file"] = "file"
    path: Text
    change: Literal["same", "edit", "write", "remove", "unknown"]
    """What is to be done for it to be as the solution has it; same: nothing. unknown: they were not compared."""
    diff: tuple[Text, ...] = ()
    """Hunks of a unified diff from the learner's file to the solution's, line by line."""
    more: int = 0
    """Lines of the diff that are left out."""
    note: Text = ""
    """What else is to be said: why they were not compared, which mode the file has."""


class LiveStep(Part):
    """A step of the solution on the running cluster: a command, an object."""

    kind: Literal["step"] = "step"
    text: Text
    """Markdown."""


SolutionPart = Annotated[FileChange | LiveStep, Field(discriminator="kind")]


class GradedWork(Part):
    """What stands beside a report: all of it as it was at the grade."""

    format: Literal[1] = FORMAT
    topic: Text
    bullet: Text = ""
    """Of the curriculum, "" where the scenario names none."""
    difficulty: Text
    task: Text
    """Markdown."""
    after: Text = ""
    """What to take away and what to read, as Markdown; "" where the scenario has none."""
    hints: dict[Text, tuple[Text, ...]] = Field(default_factory=dict)
    """All hints by check, as Markdown: which of them were taken, the attempt says."""
    excerpts: tuple[Excerpt, ...] = ()
    solution: tuple[SolutionPart, ...] = ()
    """In the order in which it is done."""
    solution_unknown: Text = ""
    """Why the solution is not there, "" where it is."""


def keep_review(lab_folder: Path, report: Report, work: GradedWork) -> None:
    """Keep both in the lab's folder. The caller holds the lab's lock; LabError when the disk refuses."""
    write_json(lab_folder / REVIEW_FILE, work.model_dump(mode="json"))
    write_json(lab_folder / REPORT_FILE, report.model_dump(mode="json"))


def forget_review(lab_folder: Path) -> None:
    """A new attempt begins: what is kept of the one before goes; nothing to do is no error."""
    with as_lab_error(f"cannot forget the last report of lab {lab_folder.name}"):
        for name in (REPORT_FILE, REVIEW_FILE):
            (lab_folder / name).unlink(missing_ok=True)


def read_kept_report(lab_folder: Path) -> Report | None:
    """The last report in a lab's folder, None before the first. LabError: it is damaged, or of a newer ckslab."""
    content = _read(lab_folder / REPORT_FILE)
    if content is None:
        return None
    try:
        return read_report(json.dumps(content))
    except CkslabError as error:
        message = f"{lab_folder / REPORT_FILE}: {error.message}"
        raise LabError(message, details=error.details, advice=_way_out(lab_folder)) from error


def read_work(lab_folder: Path) -> GradedWork | None:
    """What stands beside the last report, None before the first. LabError: it is damaged, or of a newer ckslab."""
    content = _read(lab_folder / REVIEW_FILE)
    if content is None:
        return None
    try:
        return GradedWork.model_validate(content)
    except ValidationError as error:
        message = f"{lab_folder / REVIEW_FILE}: not what ckslab keeps beside a report"
        raise LabError(message, details=first_problem(error), advice=_way_out(lab_folder)) from error


def _read(path: Path) -> dict[str, Any] | None:
    way_out = _way_out(path.parent)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LabError(f"{path} is larger than {MAX_BYTES >> 20} MiB", advice=way_out)
        return read_json(path, way_out=way_out)
    except FileNotFoundError:
        return None


def _way_out(lab_folder: Path) -> str:
    return f"ckslab grade {lab_folder.name}"
