"""The score of an exam: weighted, and honest about what nobody knows."""

from __future__ import annotations

import pytest

from ckslab.exam.results import ExamResult, ExamTaskResult
from ckslab.grading.report import Report


def report(score: int, undecided: int = 0) -> Report:
    return Report(
        scenario="s", lab="l", title="t", cluster="local", seed=0, started_at="", graded_at="2026-11-27T10:00:00Z",
        hints_used=0, solution_shown=False, score=score, max=100, undecided=undecided, passed=score == 100, duration_ms=1,
        not_graded=(), checks=(),
    )  # fmt: skip


def task(weight: int, made: Report | None, number: int = 1) -> ExamTaskResult:
    undecided = made is None or made.undecided > 0
    return ExamTaskResult(
        number,
        "s",
        "t",
        "images",
        "easy",
        None,
        weight,
        8,
        report=made,
        undecided=undecided,
        reason="why" if undecided else "",
    )


def exam(*tasks: ExamTaskResult) -> ExamResult:
    return ExamResult("2026-11-27-a", 1, "", "", "", 120, False, tasks)


def test_points_count_by_the_weight_of_their_task() -> None:
    assert exam(task(40, report(100)), task(60, report(50))).score == 70


@pytest.mark.parametrize(("score", "passed"), [(100, True), (67, True), (66, False), (0, False)])
def test_67_per_cent_pass(score: int, passed: bool) -> None:
    assert exam(task(100, report(score))).passed is passed


def test_a_sum_of_thirds_that_is_67_is_67() -> None:
    parts = [task(33, report(67)), task(33, report(67)), task(34, report(67))]
    assert exam(*parts).passed is True


def test_what_is_undecided_is_neither_earned_nor_lost() -> None:
    result = exam(task(50, report(60, undecided=40)), task(50, report(50)))
    assert (result.score, result.open) == (55, 20)
    assert result.passed is None


def test_a_task_without_a_report_leaves_its_whole_weight_open() -> None:
    result = exam(task(30, None), task(70, report(100)))
    assert (result.score, result.open, result.passed) == (70, 30, True)


def test_what_is_undecided_and_cannot_change_the_outcome_leaves_it_decided() -> None:
    assert exam(task(30, None), task(70, report(10))).passed is False
