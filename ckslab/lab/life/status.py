"""The labs there are, and how they are."""

from __future__ import annotations

from ckslab.errors import CkslabError, LabError
from ckslab.lab.life.lost import lost_labs
from ckslab.lab.model import Lab
from ckslab.lab.results import LabStatus
from ckslab.store.labs import lab_names


def all_labs() -> list[LabStatus]:
    """All labs, the broken ones and those that were lost among them, by name."""
    return [lab_status(Lab(name)) for name in sorted([*lab_names(), *lost_labs()])]


def lab_status(lab: Lab) -> LabStatus:
    """How one lab is; one whose files cannot be read is broken."""
    if not lab.folder.is_dir():
        reason, advice = "its folder is gone, and its node is there", f"ckslab stop {lab.name}"
        return LabStatus(lab.name, "", "", "lost", reason=reason, advice=advice)
    try:
        record, attempt = lab.record, lab.attempt
        state, reason, advice = _state(lab)
    except CkslabError as error:
        advice = error.advice or f"ckslab stop {lab.name}"
        return LabStatus(lab.name, "", "", "broken", reason=error.message, advice=advice)
    grade = attempt.last
    return LabStatus(
        lab.name,
        record.scenario,
        record.cluster,
        state,
        attempt.started_at,
        grade.score if grade else None,
        grade.max if grade else None,
        attempt.hints_used,
        reason,
        advice,
    )


def _state(lab: Lab) -> tuple[str, str, str]:
    """The state, why it is not "running", and what to do."""
    resume = f"ckslab start {lab.record.scenario} --name {lab.name}"
    stop = f"ckslab stop {lab.name}"
    if lab.record.sitting:
        return _in_exam(lab), f"a task of exam {lab.record.exam}", "ckslab exam"
    if not lab.record.ready:
        return "broken", "its start was interrupted", f"{resume} · {stop}"
    try:
        state = lab.backend.state(lab.folder)
    except LabError as error:  # its engine does not answer: the other labs are shown all the same
        return "unknown", error.message, error.advice
    if state == "absent":
        return state, "its node is gone", f"ckslab reset {lab.name} · {stop}"
    if state == "stopped":
        return state, "its node does not run", resume
    return state, "", ""


def _in_exam(lab: Lab) -> str:
    """In a word: its exam makes, parks and wakes it."""
    try:
        return lab.backend.state(lab.folder) if lab.record.ready else "being made"
    except LabError:
        return "unknown"
