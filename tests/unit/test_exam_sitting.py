"""exam.json: as it was or as it should be; damaged, foreign and half-made exams are named with the way out."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ckslab.errors import LabError, UsageError
from ckslab.exam.sitting import (
    FILE,
    Sitting,
    SittingTask,
    change,
    exam_folder,
    exam_ids,
    new_exam_folder,
    open_exam,
    read_sitting,
    write_sitting,
)

TODAY = date(2026, 11, 27)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def made(state: str = "running") -> Sitting:
    task = SittingTask(1, "ipw-tls", "Repair", "image-policy-webhook", "medium", 10, 100, 5, "kq7wm4", "d", "local")
    sitting = Sitting(new_exam_folder(TODAY), 7, 120, (task,), 2, state=state, left_out={"gk-install": "why"})  # type: ignore[arg-type]
    write_sitting(sitting)
    return sitting


def test_what_is_written_is_read() -> None:
    sitting = made()
    assert read_sitting(sitting.id) == sitting
    assert sitting.task(1).host == "cks-1"


def test_exams_of_a_day_are_called_by_letters_and_listed_in_order() -> None:
    ids = [new_exam_folder(TODAY) for _ in range(28)]
    assert ids[:2] == ["2026-11-27-a", "2026-11-27-b"]
    assert ids[-2:] == ["2026-11-27-aa", "2026-11-27-ab"]
    earlier = new_exam_folder(date(2025, 1, 1))
    assert exam_ids() == [earlier, *ids]


@pytest.mark.parametrize("name", ["", "..", "2026-11-27", "2026-11-27-a/..", "2026-11-27-A", "labs"])
def test_what_cannot_be_an_exam_leads_to_no_folder(name: str) -> None:
    with pytest.raises(UsageError, match="is no exam"):
        exam_folder(name)


def test_an_exam_that_is_not_there_is_said() -> None:
    with pytest.raises(UsageError, match="there is no exam"):
        read_sitting("2026-11-27-z")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": 2}', '{"format": 1}', '{"format": 1, "id": 5, "tasks": [{}]}']
)
def test_a_damaged_exam_is_named_with_the_way_out(text: str) -> None:
    sitting = made()
    (sitting.folder / FILE).write_text(text)
    with pytest.raises(LabError) as caught:
        read_sitting(sitting.id)
    assert caught.value.advice == f"ckslab exam abandon {sitting.id}"


def test_a_start_that_was_killed_before_it_wrote_anything_is_named() -> None:
    with pytest.raises(LabError, match="was never begun"):
        read_sitting(new_exam_folder(TODAY))


def test_changes_at_once_are_all_kept() -> None:
    sitting = made()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: change(sitting.id, lambda one: replace(one, waited=one.waited + 1)), range(20)))
    assert read_sitting(sitting.id).waited == 20


def test_what_is_not_changed_is_not_written() -> None:
    sitting = made()
    before = (sitting.folder / FILE).stat().st_mtime_ns
    change(sitting.id, lambda one: one)
    assert (sitting.folder / FILE).stat().st_mtime_ns == before


@pytest.mark.parametrize("state", ["preparing", "running", "paused", "over"])
def test_the_exam_that_is_not_done_is_the_open_one(state: str) -> None:
    made("graded")
    made("abandoned")
    assert open_exam() is None
    sitting = made(state)
    assert open_exam() == sitting


def test_a_field_of_a_newer_ckslab_within_the_format_does_no_harm() -> None:
    sitting = made()
    content = json.loads((sitting.folder / FILE).read_text())
    (sitting.folder / FILE).write_text(json.dumps({**content, "later": 1}))
    assert read_sitting(sitting.id) == sitting


def test_there_is_no_task_0_and_none_after_the_last() -> None:
    sitting = made()
    for number in (0, 2, -1):
        with pytest.raises(UsageError, match="tasks are 1 to 1"):
            sitting.task(number)
