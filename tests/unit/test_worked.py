"""How long a learner worked: kept as they work, once for two shells, and never less for a clock that is set."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckslab.store import worked
from ckslab.store.worked import FILE, add_worked, forget_worked, worked_seconds


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "home"))
    folder = tmp_path / "home" / "labs" / "one"
    folder.mkdir(parents=True)
    (tmp_path / "home").chmod(0o700)
    return folder


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000_000.0]
    monkeypatch.setattr(worked.time, "time", lambda: now[0])
    return now


def test_before_the_first_second_nothing_was_worked(lab: Path) -> None:
    assert worked_seconds(lab) == 0


def test_what_was_worked_adds_up(lab: Path, clock: list[float]) -> None:
    for _ in range(3):
        clock[0] += 100
        add_worked(lab, 15)
    assert worked_seconds(lab) == 45


def test_two_shells_at_once_count_once(lab: Path, clock: list[float]) -> None:
    for _ in range(4):
        clock[0] += 15
        add_worked(lab, 15)
        clock[0] += 0
        add_worked(lab, 15)
    assert worked_seconds(lab) == 60


def test_shells_that_overlap_in_part_count_what_is_new(lab: Path, clock: list[float]) -> None:
    add_worked(lab, 15)
    clock[0] += 5
    add_worked(lab, 15)
    assert worked_seconds(lab) == 20


def test_a_clock_that_is_set_back_takes_nothing_away(lab: Path, clock: list[float]) -> None:
    add_worked(lab, 15)
    clock[0] -= 3600
    add_worked(lab, 15)
    clock[0] += 15
    add_worked(lab, 15)
    assert worked_seconds(lab) == 45


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"seconds": "x", "until": 1}',
        '{"seconds": -5, "until": 1}',
        '{"seconds": 1e999, "until": 1}',
    ],
)
def test_a_damaged_file_begins_anew(lab: Path, text: str) -> None:
    (lab / FILE).write_text(text)
    assert worked_seconds(lab) == 0
    add_worked(lab, 7)
    assert worked_seconds(lab) == pytest.approx(7, abs=0.1)


def test_a_new_attempt_forgets(lab: Path) -> None:
    add_worked(lab, 7)
    forget_worked(lab)
    forget_worked(lab)
    assert worked_seconds(lab) == 0
