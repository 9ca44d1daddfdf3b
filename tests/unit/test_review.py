"""A lab or an exam as it is read afterwards: its figures, its help, and when the solution may be seen."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ckslab.cli import main
from ckslab.errors import LabError, UsageError
from ckslab.exam.results import ExamResult, ExamTaskResult
from ckslab.grading.report import CheckReport, Place, Report
from ckslab.lab.model import Lab
from ckslab.render.console import console
from ckslab.render.review_json import review_json
from ckslab.render.review_text import print_review
from ckslab.review.find import find_review, review_names
from ckslab.review.model import Review, review_schema, verdict
from ckslab.review.of_exam import of_exam
from ckslab.review.of_lab import Kept, of_lab, read_kept
from ckslab.store.attempt import Attempt, read_attempt, write_attempt
from ckslab.store.lock import lab_lock
from ckslab.store.past import keep_past, past_folder
from ckslab.store.review import FileChange, GradedWork, keep_review
from ckslab.store.worked import FILE as WORKED
from tests.support.hostile_review import ALL, hostile_review
from tests.support.lab_on_disk import lab_on_disk

pytestmark = pytest.mark.usefixtures("own_home")

STARTED, GRADED = "2026-01-01T14:00:00Z", "2026-01-01T14:12:30Z"
WORK = GradedWork(
    topic="images",
    bullet="base-image",
    difficulty="easy",
    task="# A task",
    after="Read on.",
    hints={"one": ("Look.", "Look again."), "two": ("Here.",)},
    solution=(FileChange(path="/f", change="edit", diff=("-a", "+b")),),
)


def made(score: int = 30, undecided: int = 0, **more: Any) -> Report:
    place = Place(node="control-plane", path="/etc/f.yaml", line=3)
    checks = (
        CheckReport(
            id="one", title="It is so", outcome="fail", points=70, earned=0, observed="it is not", where=place
        ),
        CheckReport(id="two", title="This, too", outcome="fail", points=0, earned=0, after=("one",)),
        CheckReport(id="three", title="Kept", outcome="pass", points=30, earned=30),
    )
    known: dict[str, Any] = {
        "lab": "one",
        "started_at": STARTED,
        "graded_at": GRADED,
        "checks": checks,
        "passed": score == 100,
    }
    return Report(
        scenario="node-lab",
        title="A lab",
        cluster="local",
        seed=7,
        minutes=10,
        hints_used=0,
        solution_shown=False,
        score=score,
        max=100,
        undecided=undecided,
        duration_ms=5,
        not_graded=(),
        **{**known, **more},
    )


def kept(report: Report | None = None, attempt: Attempt | None = None, **more: Any) -> Kept:
    known: dict[str, Any] = {"work": WORK, "worked": None}
    return Kept(report or made(), attempt or Attempt(STARTED), **{**known, **more})


@pytest.fixture
def graded(tmp_path: Path) -> Lab:
    lab = lab_on_disk(tmp_path)
    lab.keep(Attempt(STARTED))
    keep_review(lab.folder, made(), WORK)
    return lab


# The solution is seen by whoever may see it


def test_the_solution_waits_until_it_was_shown_or_is_not_needed() -> None:
    assert of_lab(kept()).tasks[0].solution is None
    assert "--with-solution" in of_lab(kept()).tasks[0].solution_note
    for one in (
        of_lab(kept(attempt=Attempt(STARTED, solution_shown=True))),
        of_lab(kept(made(100))),
        of_lab(kept(), with_solution=True),
    ):
        assert one.tasks[0].solution == WORK.solution
        assert one.tasks[0].solution_note == ""


def test_who_asks_for_the_solution_has_seen_it_from_then_on(graded: Lab) -> None:
    assert find_review("one").tasks[0].solution is None
    assert graded.attempt.solution_shown is False
    assert find_review("one", with_solution=True).tasks[0].solution == WORK.solution
    assert graded.attempt.solution_shown is True
    assert find_review("one").tasks[0].solution == WORK.solution


def test_an_attempt_that_is_damaged_is_not_overwritten_by_it(graded: Lab) -> None:
    (graded.folder / "attempt.json").write_text("{ what is left")
    with pytest.raises(LabError, match=r"attempt\.json"):
        find_review("one", with_solution=True)
    assert (graded.folder / "attempt.json").read_text() == "{ what is left"


def test_after_full_marks_asking_for_it_costs_nothing(graded: Lab) -> None:
    keep_review(graded.folder, made(100), WORK)
    assert find_review("one", with_solution=True).tasks[0].solution == WORK.solution
    assert graded.attempt.solution_shown is False


def test_it_counts_for_a_lab_that_was_removed_too(graded: Lab) -> None:
    keep_past("one")
    _remove(graded)
    assert find_review("one", with_solution=True).tasks[0].solution_shown is False
    assert find_review("one").tasks[0].solution_shown is True


def test_the_solution_is_not_shown_while_another_ckslab_works_on_the_lab(graded: Lab) -> None:
    with lab_lock("one", "ckslab grade"), pytest.raises(LabError, match="ckslab grade"):
        find_review("one", with_solution=True)


def test_a_solution_that_could_not_be_computed_says_why() -> None:
    work = WORK.model_copy(update={"solution": (), "solution_unknown": "answers.yaml: no solution"})
    note = of_lab(kept(work=work), with_solution=True).tasks[0].solution_note
    assert "answers.yaml: no solution" in note


# What a review says


def test_hints_are_those_that_were_taken() -> None:
    attempt = Attempt(STARTED, hints={"one": 1, "two": 3, "gone": 2}, causes=("No file.",))
    task = of_lab(kept(attempt=attempt)).tasks[0]
    assert [(hint.check, hint.number, hint.text) for hint in task.hints] == [
        ("one", 1, "Look."),
        ("two", 1, "Here."),
    ]
    assert task.causes == ("No file.",)


def test_time_is_what_was_worked_and_else_what_passed() -> None:
    assert of_lab(kept()).seconds == 750
    assert of_lab(kept(worked=300)).seconds == 300
    assert of_lab(kept(made(started_at=""))).seconds is None


def test_a_report_without_what_stands_beside_it_is_shown() -> None:
    review = of_lab(kept(work=None))
    assert review.score == 30
    assert review.tasks[0].solution_note == "It was not kept with this report."
    assert review.groups == ()


def test_what_is_damaged_beside_a_report_is_told_and_the_report_is_shown(graded: Lab) -> None:
    (graded.folder / "review.json").write_text("{")
    (graded.folder / "attempt.json").write_text("{")
    review = find_review("one")
    assert review.score == 30
    assert [note.split(":")[0] for note in review.notes] == [
        "What was kept beside the report cannot be read",
        "Which hints were taken cannot be read",
    ]


def test_a_report_that_is_damaged_is_an_error(graded: Lab) -> None:
    (graded.folder / "report.json").write_text("{")
    with pytest.raises(LabError, match=r"report\.json"):
        find_review("one")


def test_the_time_worked_is_the_labs(graded: Lab) -> None:
    (graded.folder / WORKED).write_text('{"seconds": 90.5, "until": 1.0}')
    found = read_kept(graded.folder)
    assert found is not None
    assert found.worked == 90


@pytest.mark.parametrize(
    ("score", "undecided", "most", "said"),
    [
        (67, 0, 100, "passed"),
        (66.9, 0, 100, "failed"),
        (66, 1, 100, "undecided"),
        (60, 5, 100, "failed"),
        (20.1, 0, 30, "passed"),
        (0.1 + 0.2, 0, 0.3 / 0.67, "passed"),
        (0, 0, 0, "failed"),
    ],
)
def test_the_verdict_is_against_the_pass_mark(score: float, undecided: float, most: float, said: str) -> None:
    assert verdict(score, undecided, most, 67) == said


# Exams


def exam(*tasks: ExamTaskResult, **more: Any) -> ExamResult:
    known: dict[str, Any] = {"practice": False, "minutes": 60}
    return ExamResult(
        id="2026-01-01-a",
        seed=5,
        started_at=STARTED,
        ended_at="2026-01-01T14:50:00Z",
        submitted_at="2026-01-01T14:51:00Z",
        tasks=tasks,
        **{**known, **more},
    )


def exam_task(number: int = 1, report: Report | None = None, **more: Any) -> ExamTaskResult:
    known: dict[str, Any] = {"topic": "images", "bullet": "base-image", "weight": 50, "seconds": 600}
    texts = {"scenario": "node-lab", "title": "A lab", "difficulty": "easy"}
    return ExamTaskResult(number=number, report=report, minutes=10, **{**texts, **known, **more})


def test_an_exam_counts_by_weights_and_groups_by_bullet_and_topic() -> None:
    tasks = (
        exam_task(1, made(30)),
        exam_task(2, made(100), topic="digests", bullet=None, weight=30),
        exam_task(3, None, weight=20, undecided=True, reason="its host could not be made"),
    )
    review = of_exam(exam(*tasks), lambda task: kept(task.report) if task.report else None)
    assert (review.score, review.max, review.undecided, review.verdict) == (45, 100, 20, "failed")
    assert [(one.by, one.name, one.tasks, one.earned, one.weight) for one in review.groups] == [
        ("bullet", "base-image", 2, 15, 70),
        ("topic", "images", 2, 15, 70),
        ("topic", "digests", 1, 30, 30),
    ]
    assert review.seconds == 3000
    assert review.tasks[2].reason == "its host could not be made"
    assert review.tasks[0].solution == WORK.solution, "an exam that was submitted hides nothing"


def test_what_stands_beside_another_grade_is_not_taken_for_this_one() -> None:
    other = kept(made(graded_at="2026-02-02T00:00:00Z"))
    (task,) = of_exam(exam(exam_task(1, made())), lambda _: other).tasks
    assert (task.solution, task.excerpts, task.task) == (None, (), "")
    assert "another grade" in task.solution_note


def test_an_exam_says_what_was_unlike_an_exam() -> None:
    review = of_exam(
        exam(
            exam_task(1, made()),
            practice=True,
            paused_seconds=600,
            late_seconds=300,
            by_time=True,
            left_out={"gk-install": "Gatekeeper is not here"},
        ),
        lambda _: None,
    )
    assert review.seconds == 2400
    text = " ".join(review.notes)
    for words in ("Time was up", "5 min after the end", "paused, and was for 10 min", "gk-install was not among"):
        assert words in text


# Which one is meant


def _remove(lab: Lab) -> None:
    import shutil

    shutil.rmtree(lab.folder)


def test_the_only_lab_need_not_be_named(graded: Lab) -> None:
    assert find_review(None).name == "one"
    keep_past("one")
    _remove(graded)
    assert find_review(None).name == "one"
    assert find_review("one").score == 30
    assert review_names() == ["one"]


def test_a_lab_that_is_there_goes_before_one_that_was_removed(graded: Lab, tmp_path: Path) -> None:
    keep_past("one")
    with pytest.raises(UsageError, match="lab one was not graded yet") as caught:
        find_review("one")
    assert caught.value.advice == "ckslab grade one"


def test_unknown_names_are_refused_with_those_there_are(graded: Lab) -> None:
    with pytest.raises(UsageError, match="no report of two; there are: one"):
        find_review("two")
    with pytest.raises(UsageError, match="cannot be a lab's name"):
        find_review("../one")


def test_several_labs_must_be_told_apart(graded: Lab) -> None:
    (graded.folder.parent / "two").mkdir()
    with pytest.raises(UsageError, match="name one: one, two"):
        find_review(None)


def test_a_removed_lab_keeps_its_hints(graded: Lab) -> None:
    write_attempt(graded.folder, Attempt(STARTED, hints={"one": 1}))
    keep_past("one")
    assert read_attempt(past_folder("one")) == Attempt(STARTED, hints={"one": 1})


# What is printed


def text_of(review: Review, width: int = 100) -> str:
    out = io.StringIO()
    print_review(console(out, width=width), review, "ckslab report one --html one.html")
    return out.getvalue()


def test_on_the_terminal_a_lab_says_where_its_points_went() -> None:
    text = text_of(of_lab(kept(attempt=Attempt(STARTED, hints={"one": 1}, solution_shown=True))))
    assert text.splitlines()[0] == "node-lab · A lab"
    assert "30 of 100 points (30 %), not passed: the pass mark is 67 % · 12 of 10 min" in text
    assert "0/70 one: It is so" in text
    assert "/etc/f.yaml:3" in text
    assert "two" not in text, "what only waits is not told"
    assert "1 hint taken · solution shown" in text
    assert text.endswith("next: ckslab report one --html one.html\n")


def test_on_the_terminal_an_exam_has_its_tasks_and_groups() -> None:
    review = of_exam(exam(exam_task(1, made(), flagged=True), exam_task(2, made(100))), lambda _: None)
    text = text_of(review)
    assert "1. A lab · 15/50 points · 10 of 10 min · flagged" in text
    assert "Minimize base image footprint" in text


@pytest.mark.parametrize("width", [20, 60, 120])
def test_no_hostile_text_reaches_the_terminal_and_no_line_is_too_long(width: int) -> None:
    text = text_of(hostile_review(), width)
    assert not {*"\x1b\x00\x07\u202e"} & {*text}
    assert ALL not in text


def test_the_published_schema_is_that_of_a_review() -> None:
    published = Path(__file__).parents[2] / "docs" / "review.schema.json"
    assert json.loads(published.read_text()) == review_schema()


def test_a_review_is_printed_as_the_schema_says_and_read_again() -> None:
    for review in (of_lab(kept(), with_solution=True), hostile_review()):
        content = json.loads(review_json(review))
        assert list(content) == list(review_schema()["properties"])
        assert Review.model_validate(content) == review


# The command


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["report", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command_prints_text_json_or_a_page(
    graded: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "0/70 one" in run(capsys)[1]
    assert json.loads(run(capsys, "-o", "json")[1])["format"] == 1
    file = tmp_path / "page.html"
    assert run(capsys, "one", "--html", str(file))[1] == f"{file} holds the report of lab one\n"
    page = file.read_text()
    assert page.startswith("<!doctype html>")
    assert run(capsys, "--html", "-")[1] == page


def test_a_page_is_written_whole_or_not_at_all(
    graded: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "out" / "page.html"
    file.parent.mkdir()
    file.write_text("as it was")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    code, _, said = run(capsys, "--html", str(file))
    assert code == 2
    assert "No space left on device" in said
    assert [path.name for path in file.parent.iterdir()] == ["page.html"]
    assert file.read_text() == "as it was"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["-o", "json", "--html", "x.html"], "goes without --html"),
        (["-o", "json", "--open"], "goes without --html"),
        (["--html", "-", "--open"], "--open goes with a file"),
        (["--html", "/"], "is a folder"),
        (["--html", "/nowhere/x.html"], "cannot be written"),
    ],
)
def test_what_cannot_be_is_refused(
    graded: Lab, words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, said = run(capsys, *words)
    assert (code, out) == (2, "")
    assert why in said


@pytest.mark.parametrize("there", [True, False])
def test_open_shows_a_page_that_is_kept_and_says_where_no_browser_is(
    graded: Lab, there: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = list[str]()
    monkeypatch.setattr("webbrowser.open", lambda address: (shown.append(address), there)[1])
    code, out, said = run(capsys, "--open")
    (address,) = shown
    assert code == 0
    assert address.startswith("file:///")
    assert address.endswith("/reports/one.html")
    assert address.removeprefix("file://") in out
    assert ("no browser could be started" in said) is not there


def test_its_solution_is_shown_on_request(graded: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    def solution(*words: str) -> Mapping[str, Any]:
        task: Mapping[str, Any] = json.loads(run(capsys, "-o", "json", *words)[1])["tasks"][0]
        return task

    assert solution()["solution"] is None
    assert solution("--with-solution")["solution"][0]["diff"] == ["-a", "+b"]
    assert solution()["solution_shown"] is True
