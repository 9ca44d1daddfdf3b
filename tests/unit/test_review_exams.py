"""The review of an exam that was submitted: found by its id, with what each task's lab has kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from ckslab.cli import main
from ckslab.errors import UsageError
from ckslab.exam.sitting import change
from ckslab.review.find import find_review, review_names
from ckslab.store.labs import lab_folder
from ckslab.store.past import keep_past
from tests.support.answers_on_files import left_by
from tests.support.reviews import kept_of
from tests.support.submitted_exam import EXAM, submitted_exam

TASKS = (("always-pull", "solution"), ("ipw-complete", "no volume mount"))


@pytest.fixture(autouse=True)
def exam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "h").mkdir(mode=0o700)
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "h"))
    monkeypatch.setattr("ckslab.store.labs.MAX_FOLDER_BYTES", 4000)
    kept = [kept_of(left_by(name, answer, ()), 0, tmp_path / name) for name, answer in TASKS]
    for name, _ in TASKS:
        shutil.rmtree(lab_folder(name))
    return submitted_exam(kept)


def parts(number: int) -> Any:
    return find_review(EXAM).tasks[number - 1].solution


def test_an_exam_is_found_by_its_id_with_what_its_tasks_kept() -> None:
    review = find_review(EXAM)
    assert (review.kind, review.name, review.seconds, review.minutes) == ("exam", EXAM, 6720, 120)
    assert [task.scenario for task in review.tasks] == [name for name, _ in TASKS]
    assert all(task.solution and task.task for task in review.tasks)
    assert review.tasks[1].excerpts or review.tasks[1].report
    assert EXAM in review_names()


def test_it_outlives_its_labs() -> None:
    before = find_review(EXAM)
    for number in (1, 2):
        keep_past(f"{EXAM}-{number}")
        shutil.rmtree(lab_folder(f"{EXAM}-{number}"))
    assert find_review(EXAM) == before


def test_a_task_whose_lab_is_gone_altogether_has_its_report() -> None:
    shutil.rmtree(lab_folder(f"{EXAM}-1"))
    review = find_review(EXAM)
    assert review.tasks[0].report is not None
    assert "was not kept" in review.tasks[0].solution_note
    assert review.tasks[1].solution


def test_what_is_damaged_is_told_in_its_task_alone() -> None:
    (lab_folder(f"{EXAM}-1") / "report.json").write_text("{")
    review = find_review(EXAM)
    assert "report.json" in review.tasks[0].solution_note
    assert review.tasks[1].solution


def test_an_exam_that_is_being_sat_has_no_report() -> None:
    from dataclasses import replace

    change(EXAM, lambda sitting: replace(sitting, state="running"))
    with pytest.raises(UsageError, match="has no result"):
        find_review(EXAM)


def test_the_command_makes_its_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "exam.html"
    assert main(["report", EXAM, "--html", str(file)]) == 0
    assert capsys.readouterr().out == f"{file} holds the report of exam {EXAM}\n"
    assert f"Exam {EXAM}" in file.read_text()
