"""The end of an exam: what cannot be found out, or kept, is said, and takes no other task's grade with it."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ckslab.errors import LabError, UsageError
from ckslab.exam import grading, reports
from ckslab.exam.clock import ends_at
from ckslab.exam.ending import end_work
from ckslab.exam.grading import finish, regrade
from ckslab.exam.outcome import exam_result
from ckslab.exam.sitting import Sitting, change, read_sitting
from ckslab.grading.report import Report
from ckslab.progress import Silent
from ckslab.review.find import find_review, review_names
from tests.support.exam_on_disk import exam_on_disk
from tests.unit.test_exam_results import report


@pytest.fixture
def sitting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sitting:
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "h"))
    return exam_on_disk()


Graded = Callable[[int], Report]


@pytest.fixture
def gives(monkeypatch: pytest.MonkeyPatch) -> dict[int, Any]:
    """What grading each task's lab gives, or raises: the labs themselves are tried on the real node."""
    of: dict[int, Any] = {1: report(100), 2: report(50)}

    def graded(_: Sitting, task: Any) -> Report:
        found = of[task.number]
        if isinstance(found, BaseException):
            raise found
        made: Report = found
        return made

    monkeypatch.setattr(grading, "_report", graded)
    return of


def submitted(sitting: Sitting) -> Sitting:
    end_work(sitting.id, by_time=False)
    return finish(sitting.id, Silent())


def test_all_tasks_are_graded_and_their_reports_kept(sitting: Sitting, gives: dict[int, Any]) -> None:
    after = submitted(sitting)
    assert after.state == "graded"
    result = exam_result(sitting.id)
    assert (result.score, result.passed, result.by_time, result.late_seconds) == (75, True, False, 0)
    assert result.submitted_at >= result.ended_at > result.started_at


def test_a_host_that_was_never_made_is_undecided_with_the_reason(sitting: Sitting) -> None:
    change(sitting.id, lambda one: one.with_task(2, trouble="no space left on device"))
    submitted(sitting)
    result = exam_result(sitting.id)
    assert [task.undecided for task in result.tasks] == [True, True]
    assert result.tasks[1].reason == "its host was never made: no space left on device"
    assert (result.score, result.open, result.passed) == (0, 100, None)


@pytest.mark.parametrize("trouble", [LabError("the node is gone"), ValueError("a bug")])
def test_a_task_that_cannot_be_graded_takes_no_other_with_it(
    sitting: Sitting, gives: dict[int, Any], trouble: Exception
) -> None:
    gives[1] = trouble
    submitted(sitting)
    result = exam_result(sitting.id)
    assert (result.score, result.open, result.passed) == (25, 50, None)
    assert result.tasks[0].reason in ("the node is gone", "a fault of ckslab (ValueError)")
    gives[1] = report(100)
    regrade(sitting.id, Silent())
    assert exam_result(sitting.id).score == 75
    with pytest.raises(UsageError, match="nothing of exam"):
        regrade(sitting.id, Silent())


def test_a_disk_that_is_full_while_a_report_is_kept_is_said_and_harms_nothing_older(
    sitting: Sitting, gives: dict[int, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = reports.write_json

    def full(path: Path, content: dict[str, Any]) -> None:
        if path.name == "2.json":
            raise LabError(f"cannot write {path}: no space left on device")
        write(path, content)

    monkeypatch.setattr(reports, "write_json", full)
    submitted(sitting)
    result = exam_result(sitting.id)
    assert result.tasks[0].report is not None
    assert "its report was not kept" in result.tasks[1].reason
    assert "no space left" in result.tasks[1].reason
    monkeypatch.setattr(reports, "write_json", write)
    regrade(sitting.id, Silent())
    assert exam_result(sitting.id).score == 75


def test_a_disk_that_is_full_for_the_exam_itself_leaves_it_to_be_graded_again(
    sitting: Sitting, gives: dict[int, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    end_work(sitting.id, by_time=False)
    refuse = OSError(errno.ENOSPC, "No space left on device")

    def full(*_: object, **__: object) -> None:
        raise LabError("cannot write exam.json") from refuse

    with monkeypatch.context() as patch:
        patch.setattr("ckslab.exam.sitting.write_json", full)
        with pytest.raises(LabError):
            finish(sitting.id, Silent())
    assert read_sitting(sitting.id).state == "over"
    assert finish(sitting.id, Silent()).state == "graded"
    assert exam_result(sitting.id).score == 75


def test_grading_goes_on_where_it_was_interrupted(sitting: Sitting, gives: dict[int, Any]) -> None:
    gives[2] = KeyboardInterrupt()
    end_work(sitting.id, by_time=False)
    with pytest.raises(KeyboardInterrupt):
        finish(sitting.id, Silent())
    assert read_sitting(sitting.id).task(1).graded
    gives[1] = LabError("it is not graded twice")
    gives[2] = report(50)
    finish(sitting.id, Silent())
    assert exam_result(sitting.id).score == 75


def test_a_report_that_is_damaged_or_gone_is_undecided(sitting: Sitting, gives: dict[int, Any]) -> None:
    submitted(sitting)
    (sitting.folder / "reports" / "1.json").write_text("{")
    (sitting.folder / "reports" / "2.json").unlink()
    result = exam_result(sitting.id)
    assert [task.undecided for task in result.tasks] == [True, True]
    assert result.tasks[1].reason == "its report is gone"


def test_before_it_is_graded_an_exam_has_no_result(sitting: Sitting) -> None:
    for state in ("preparing", "running", "paused", "over", "abandoned"):
        change(sitting.id, lambda one, state=state: replace(one, state=state))  # type: ignore[misc]
        with pytest.raises(UsageError, match=f"is {state}"):
            exam_result(sitting.id)


def test_work_ends_once(sitting: Sitting) -> None:
    first = end_work(sitting.id, by_time=False)
    assert end_work(sitting.id, by_time=True) == first


@pytest.mark.parametrize(("after", "late"), [(5, 0), (600, 600)])
def test_how_late_the_end_was_found_is_kept_where_nothing_ran(sitting: Sitting, after: float, late: float) -> None:
    change(sitting.id, lambda one: replace(one, started_at=time.time() - 3600 - after))
    ended = end_work(sitting.id, by_time=True)
    assert ended.by_time
    assert ended.late == pytest.approx(late, abs=5)
    assert ended.ended_at == pytest.approx(ends_at(ended))


def test_who_submits_after_the_end_is_late_all_the_same(sitting: Sitting) -> None:
    change(sitting.id, lambda one: replace(one, started_at=time.time() - 3600 - 900))
    ended = end_work(sitting.id, by_time=False)
    assert ended.by_time
    assert ended.late == pytest.approx(900, abs=5)


def test_a_paused_exam_can_be_submitted_and_the_pause_is_told(sitting: Sitting, gives: dict[int, Any]) -> None:
    change(sitting.id, lambda one: replace(one, practice=True, state="paused", paused_at=time.time() - 100))
    submitted(sitting)
    assert exam_result(sitting.id).paused_seconds == pytest.approx(100, abs=5)


def test_ckslab_report_shows_an_exam_by_its_id_while_it_has_labs_and_when_they_are_gone(
    sitting: Sitting, gives: dict[int, Any]
) -> None:
    submitted(sitting)
    review = find_review(sitting.id)
    assert (review.kind, review.score, len(review.tasks)) == ("exam", 75, 2)
    assert sitting.id in review_names()
    assert find_review(None).name == sitting.id
    with pytest.raises(UsageError, match="there is no exam"):
        find_review("2026-11-27-z")
