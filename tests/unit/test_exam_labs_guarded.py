"""A lab that is a task of an exam: nobody helps with it, and nothing but the exam moves it, until it is graded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ckslab import lab as use_cases
from ckslab.errors import CkslabError, UsageError
from ckslab.lab.model import Lab, RunningLab
from ckslab.progress import Silent
from ckslab.store.record import LabRecord, read_record
from tests.support.lab_on_disk import Files, lab_on_disk

HELP: dict[str, Callable[[Lab], object]] = {
    "grade": lambda lab: use_cases.grade_lab(lab, Silent()),
    "hint": lambda lab: use_cases.next_hint(lab, None),
    "solution": use_cases.show_solution,
    "rescue": lambda lab: use_cases.rescue_lab(RunningLab.of(lab, Files({})), Silent()),  # type: ignore[arg-type]
    "rescue --restore": lambda lab: use_cases.restore_lab(lab, Silent()),
    "reset": lambda lab: use_cases.reset_lab(lab, Silent()),
    "stop": lambda lab: use_cases.stop_lab(lab, Silent()),
    "start": lambda lab: use_cases.start_lab(
        use_cases.Wanted("node-lab", [lab.record.folder], name=lab.name), Silent()
    ),
    "hand-in": use_cases.hand_in,
}


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("ckslab.store.labs.MAX_FOLDER_BYTES", 4000)
    lab = lab_on_disk(tmp_path)
    lab.save(replace(lab.record, exam="2026-11-27-a", sitting=True))
    return lab


@pytest.mark.parametrize("what", HELP)
def test_it_is_refused_with_one_sentence_and_the_next_step(task: Lab, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        HELP[what](task)
    assert f"is a task of exam 2026-11-27-a: no {what.split()[0]} before" in caught.value.message
    assert "ckslab exam submit" in caught.value.advice
    assert task.attempt.hints_used == 0
    assert not task.attempt.solution_shown


@pytest.mark.parametrize("what", ["hint", "solution"])
def test_when_the_exam_is_graded_it_is_a_lab_like_any_other(task: Lab, what: str) -> None:
    task.save(replace(task.record, sitting=False))
    try:
        HELP[what](task)
    except CkslabError as error:
        assert "is a task of exam" not in error.message  # noqa: PT017 - whatever else may be wrong


def test_the_record_keeps_its_exam_and_those_of_earlier_versions_have_none(task: Lab) -> None:
    assert read_record(task.folder).exam == "2026-11-27-a"
    record = LabRecord("x", "node-lab", task.record.folder, "local", 1, "kq7wm4", "2026-01-01T00:00:00Z")
    assert (record.exam, record.sitting) == (None, False)
    import json

    content = json.loads((task.folder / "lab.json").read_text())
    for name in ("exam", "sitting"):
        del content[name]
    (task.folder / "lab.json").write_text(json.dumps(content))
    assert read_record(task.folder).exam is None
