"""The page's exam is the one on disk: what is done on either side is seen on the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ckslab.errors import UsageError
from ckslab.exam import supervisor
from ckslab.exam.sitting import change, read_sitting
from ckslab.store.lock import locked
from ckslab.web import sat
from ckslab.web.sat import SatExam
from tests.support.exam_on_disk import exam_on_disk


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "home").mkdir(mode=0o700)
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("ckslab.store.labs.MAX_FOLDER_BYTES", 4000)
    monkeypatch.setattr(supervisor, "ensure", lambda sitting: None)  # no process of its own for a look
    return tmp_path / "home"


def test_tasks_are_told_as_they_are_set() -> None:
    sitting = exam_on_disk()
    texts = SatExam(sitting).texts()
    assert [(one.number, one.host, one.weight, one.title) for one in texts] == [
        (task.number, f"cks-{task.number}", 50, task.title) for task in sitting.tasks
    ]
    assert all(one.text.strip() for one in texts)
    assert not [one for one in texts if "${" in one.text]


def test_the_time_left_is_the_exams() -> None:
    exam = SatExam(exam_on_disk(left=1800.0))
    first, second = exam.look().remaining, exam.look().remaining
    assert 1790 < second <= first <= 1800


def test_a_flag_is_seen_on_both_sides() -> None:
    sitting = exam_on_disk()
    exam = SatExam(sitting)
    exam.flag(2, True)
    assert read_sitting(sitting.id).task(2).flagged
    change(sitting.id, lambda one: one.with_task(1, flagged=True).with_task(2, flagged=False))
    assert [task.flagged for task in exam.look().tasks] == [True, False]
    with pytest.raises(UsageError, match="there is no task 3"):
        exam.flag(3, True)


def test_a_host_that_is_not_made_is_told_and_what_went_wrong() -> None:
    sitting = exam_on_disk()
    exam = SatExam(sitting)
    assert [(task.ready, task.trouble) for task in exam.look().tasks] == [(False, "")] * 2
    change(sitting.id, lambda one: one.with_task(1, trouble="no room"))
    assert exam.look().tasks[0].trouble == "no room"
    with locked(f"lab-{sitting.id}-1", what="the lab"):
        assert exam.look().tasks[0].trouble == ""  # it is tried again


def test_only_practice_is_paused() -> None:
    with pytest.raises(UsageError, match="cannot be paused"):
        SatExam(exam_on_disk()).pause(True)
    exam = SatExam(exam_on_disk(practice=True))
    exam.pause(True)
    before = exam.look()
    assert before.state == "paused"
    time.sleep(0.3)
    assert exam.look().remaining == before.remaining
    exam.pause(False)
    assert exam.look().state == "running"


def test_time_that_is_up_ends_the_exam_though_nobody_else_runs() -> None:
    view = SatExam(exam_on_disk(left=-1.0)).look()
    assert (view.state, view.by_time, view.remaining) == ("over", True, 0.0)


def test_the_end_grades_what_is_there_and_its_report_can_be_read() -> None:
    sitting = exam_on_disk()
    exam = SatExam(sitting)
    with pytest.raises(UsageError, match="it has no result"):
        exam.report()
    exam.flag(1, True)
    exam.end()
    exam.end()
    view = exam.look()
    assert view.state == "graded"
    assert not view.by_time
    assert view.result is not None
    assert (view.result.score, view.result.undecided, view.result.passed) == (0.0, 100.0, None)  # no host was made
    exam.flag(1, False)  # too late
    assert read_sitting(sitting.id).task(1).flagged
    page = exam.report()
    assert sitting.id in page
    assert "<script" not in page


def test_an_exam_whose_grader_was_killed_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sat, "_UNGRADED_SECONDS", 0.2)
    sitting = exam_on_disk()
    exam = SatExam(sitting)
    change(sitting.id, lambda one: replace(one, state="over"))
    with locked(f"grading-{sitting.id}", what="the exam"):
        exam.look()
        time.sleep(0.3)
        assert not exam.look().ungraded
    assert not exam.look().ungraded
    time.sleep(0.3)
    assert exam.look().ungraded
