"""What an exam says, at any width, and what of it is a learner's or an author's is shown safely."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from ckslab.exam.results import ExamResult, ExamTaskResult
from ckslab.exam.sitting import Sitting, SittingTask
from ckslab.exam.terminal.screen import Paper, TaskRow
from ckslab.render.exam_json import exams_json, result_json, status_json
from ckslab.render.exam_screen import TextScreen, clock_text, print_drawn, print_exams, print_result
from tests.unit.test_exam_results import report

TASK = SittingTask(
    1,
    "ipw-tls",
    "Repair webhook trust \x1b[31mred",
    "images",
    "hard",
    10,
    60,
    5,
    "kq7wm4",
    "d",
    "local",
    flagged=True,
)
OTHER = replace(TASK, number=2, title="Another with a title that is so long that it has to go on in the next line", weight=40, flagged=False)  # fmt: skip
EXAM = Sitting(
    "2026-11-27-a", 7, 120, (TASK, OTHER), 2, state="running", waited=15, left_out={"gk-install": "not built"}
)
SCREEN = TextScreen()
WIDE, NARROW, PIPE = Paper(100, True), Paper(60, True), Paper(100, False)


def result(*tasks: ExamTaskResult, **more: object) -> ExamResult:
    made = ExamResult("2026-11-27-a", 7, "2026-11-27T10:00:00Z", "2026-11-27T12:00:00Z", "", 120, False, tasks)
    return replace(made, **more)  # type: ignore[arg-type]


def done(number: int, weight: int, score: int, undecided: int = 0, **more: object) -> ExamTaskResult:
    made = ExamTaskResult(
        number, "ipw-tls", "Repair", "images", "hard", None, weight, 10, report=report(score, undecided), undecided=undecided > 0
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def printed(show: object, what: object, width: int = 100) -> str:
    file = io.StringIO()
    show(Console(file=file, width=width, color_system=None), what)  # type: ignore[operator]
    return file.getvalue()


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00:00"), (-5, "0:00:00"), (61.9, "0:01:01"), (7200, "2:00:00")]
)
def test_time_is_hours_minutes_and_seconds(seconds: float, shown: str) -> None:
    assert clock_text(seconds) == shown == SCREEN.left(seconds)


@pytest.mark.parametrize("paper", [WIDE, NARROW, PIPE, Paper(20, False)])
def test_the_list_fits_and_shows_flags_and_hosts(paper: Paper) -> None:
    rows = [TaskRow(TASK, "parked", 75), TaskRow(replace(OTHER, trouble="no space"), "trouble", 0)]
    shown = SCREEN.tasks(rows, 3599, paper)
    assert "1:15" in shown
    assert "no space" in shown
    assert "0:59:59 left" in shown
    assert "\x1b[31mred" not in shown
    if paper.columns >= 60 and not paper.terminal:
        assert max(map(len, shown.splitlines())) <= paper.columns


def test_a_task_for_a_pipe_is_its_source_and_for_a_terminal_it_is_laid_out() -> None:
    text = "# Head\n\nDo `this` \x1b]0;evil\x07."
    piped = SCREEN.task(EXAM, TASK, text, PIPE)
    assert piped.startswith(
        "Task 1 of 2 · 60 % · about 10 minutes · flagged\nWork on its host: ssh cks-1\n\n# Head"
    )
    assert "\x1b" not in piped
    assert "\x1b]0;" not in SCREEN.task(EXAM, TASK, text, WIDE)


def test_no_color_has_no_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    said = [SCREEN.alert(15, WIDE), SCREEN.ended(EXAM, WIDE), SCREEN.tasks([TaskRow(TASK, "ready", 0)], 5, WIDE)]
    assert "\x1b" not in "".join(said)
    assert "*** 15 minutes left ***" in said[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"state": "paused"}, "is paused"),
        ({"state": "over"}, "was submitted"),
        ({"state": "over", "by_time": True}, "Time is up"),
        ({"state": "running"}, "Time is up"),
        ({"state": "abandoned"}, "was given up"),
    ],
)
def test_why_a_terminal_closes(change: dict[str, object], said: str) -> None:
    assert said in SCREEN.ended(replace(EXAM, **change), WIDE)  # type: ignore[arg-type]


def test_waiting_is_one_short_line_that_says_it_does_not_count() -> None:
    line = SCREEN.waiting("cks-3", "copying the node template\nand more " * 9, 7.4)
    assert "\n" not in line
    assert len(line) < 100
    assert "7 s, which do not count" in line
    assert "15 of waiting" in SCREEN.time(EXAM, 100, WIDE)


def test_what_was_drawn_names_what_was_left_out() -> None:
    shown = printed(print_drawn, EXAM)
    assert "seed 7" in shown
    assert "left out: gk-install: not built" in shown
    assert "2 hosts run at once" in shown


def test_the_result_says_how_it_came_about() -> None:
    shown = printed(
        print_result, result(done(1, 60, 100), done(2, 40, 0), by_time=True, late_seconds=1810, practice=True)
    )
    for part in ("60 % of 100, 67 % pass: not passed", "from 0:30:10 later", "practice", "Time was up"):
        assert part in shown


def test_a_score_below_the_pass_mark_never_looks_like_it() -> None:
    shown = printed(print_result, result(done(1, 35, 100), done(2, 65, 49)))
    assert "66.8 % of 100, 67 % pass: not passed" in shown


def test_an_undecided_result_says_what_it_may_become_and_how() -> None:
    lost = replace(done(2, 40, 0), report=None, undecided=True, reason="the node is gone")
    shown = printed(print_result, result(done(1, 60, 100), lost))
    assert "60 % (up to 100 %) of 100, 67 % pass: undecided" in shown
    assert "the node is gone" in shown
    assert "ckslab exam regrade 2026-11-27-a" in shown


def test_the_list_of_exams() -> None:
    graded = (replace(EXAM, state="graded"), result(done(1, 100, 90)))
    shown = printed(print_exams, [(EXAM, None), graded])
    assert "running" in shown
    assert "90 %   passed" in shown


def test_json_is_versioned_and_whole() -> None:
    listed = json.loads(exams_json([(EXAM, None)]))
    assert listed["exams"][0]["score"] is None
    status = json.loads(status_json(EXAM, [TaskRow(TASK, "ready", 3.2)], 60.4))["exam"]
    assert (status["left"], status["waited"], status["tasks"][0]["host"]) == (60, 15, "cks-1")
    shown = json.loads(result_json(result(done(1, 100, 70, 30))))
    assert shown["format"] == 1
    exam = shown["exam"]
    assert (exam["score"], exam["open"], exam["passed"]) == (70, 30, True)
    assert exam["tasks"][0]["report"]["format"] == 2
