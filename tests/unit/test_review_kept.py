"""What stands beside a report is kept at the grade: places with their lines, the solution as a difference, hints."""

from __future__ import annotations

import errno
import time
from pathlib import Path
from typing import Any, cast

import pytest

from ckslab.cluster.local.backend import LocalBackend
from ckslab.errors import LabError
from ckslab.evidence import Evidence, FileFact
from ckslab.grading.report import CheckReport, Place, Report
from ckslab.lab import find_lab, grade_lab, stop_lab
from ckslab.lab.catalogue import load_folder
from ckslab.lab.model import Lab, RunningLab
from ckslab.lab.review.difference import MAX_LINES, Room, difference
from ckslab.lab.review.excerpt import excerpts
from ckslab.lab.review.gather import gather
from ckslab.lab.review.private_keys import LEFT_OUT, without_private_keys
from ckslab.lab.review.solved import SolvedFile, solved
from ckslab.needs.files import FileNeed, InitialNeed
from ckslab.progress import Silent
from ckslab.scenario.answers.model import SOLUTION, answer_steps
from ckslab.store.attempt import Attempt
from ckslab.store.past import past_folder, past_names
from ckslab.store.review import (
    FileChange,
    GradedWork,
    LiveStep,
    forget_review,
    keep_review,
    read_kept_report,
    read_work,
)
from tests.support.answers_on_files import SCENARIOS, STOCK, answers, draws, faults_of, untouched
from tests.support.checks_evidence import MANIFEST_PATH
from tests.support.lab_on_disk import SCENARIO, Files, lab_on_disk, run_on
from tests.support.reviews import LabnodeNode

pytestmark = pytest.mark.usefixtures("own_home")

KEY = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBkg\nAwEHoUQDQgAE\n-----END EC PRIVATE KEY-----\n"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """As a new one is: the stock manifest, and the files of the set-up."""
    setup = load_folder(SCENARIO, "kq7wm4").setup
    return lab_on_disk(tmp_path, {MANIFEST_PATH: STOCK, **{one.path: one.data.decode() for one in setup.files}})


def check(**more: Any) -> CheckReport:
    return CheckReport(id="mounted", title="It is mounted", outcome="fail", points=10, earned=0, **more)


def made(*checks: CheckReport, lab: str = "one") -> Report:
    return Report(
        scenario="node-lab",
        lab=lab,
        title="A lab",
        cluster="local",
        seed=7,
        started_at="2026-01-01T00:00:00Z",
        graded_at="2026-01-01T00:09:00Z",
        minutes=8,
        hints_used=0,
        solution_shown=False,
        score=0,
        max=10,
        undecided=0,
        passed=False,
        duration_ms=5,
        not_graded=(),
        checks=checks or (check(),),
    )


def file(path: str, text: str | None, kind: Any = "file", mode: int = 0o644) -> FileFact:
    return FileFact(path, kind, mode=mode, text=text, encoding="utf-8" if text is not None else "binary")


def at(line: int | None, text: str = "a\nb\nc\nd\ne\nf\ng\nh\ni\n") -> Any:
    place = Place(node="control-plane", path="/f", line=line)
    return next(excerpts([check(where=place)], {"/f": file("/f", text)}), None)


def test_an_excerpt_has_three_lines_before_the_place_and_three_after() -> None:
    found = at(5)
    assert (found.first, found.line, found.lines) == (2, 5, ("b", "c", "d", "e", "f", "g", "h"))


@pytest.mark.parametrize(("line", "first", "last"), [(1, "a", "d"), (9, "f", "i")])
def test_an_excerpt_ends_where_the_file_does(line: int, first: str, last: str) -> None:
    found = at(line)
    assert (found.lines[0], found.lines[-1]) == (first, last)


@pytest.mark.parametrize("line", [0, -4, 11, None])
def test_a_line_that_the_file_does_not_have_gives_no_excerpt(line: int | None) -> None:
    assert at(line) is None


def test_a_file_that_is_no_text_gives_no_excerpt() -> None:
    place = Place(node="control-plane", path="/f", line=1)
    assert [*excerpts([check(where=place)], {"/f": file("/f", None)})] == []
    assert [*excerpts([check(where=place)], {})] == []


def test_lines_are_those_of_an_editor_and_long_ones_are_cut() -> None:
    assert at(2, "one\x0cstill one\r\ntwo\u2028still two\nthree").lines == (
        "one\x0cstill one",
        "two\u2028still two",
        "three",
    )
    (shown,) = at(1, "x" * 5000).lines
    assert shown == "x" * 400 + " … (4600 characters more)"


def test_private_keys_are_left_out_and_lines_keep_their_numbers() -> None:
    indented = "data:\n  key: |\n    " + KEY.replace("\n", "\n    ").rstrip() + "\nafter: 1\n"
    for text in (KEY, indented, f"before\n{KEY}after\n", f"a: 1\nclient-key-data: {'QUJD' * 40}\nb: 2\n"):
        cleaned = without_private_keys(text, numbered=True)
        assert LEFT_OUT in cleaned
        assert not any(word in cleaned for word in ("MHcCAQEE", "AwEHo", "QUJD"))
        assert len(cleaned.split("\n")) == len(text.split("\n"))
    assert (
        without_private_keys("client-certificate-data: QUJD\n", numbered=True) == "client-certificate-data: QUJD\n"
    )
    assert "QUJD" not in without_private_keys('{"client-key-data": "QUJD"}', numbered=True)
    assert "MHc" not in without_private_keys(KEY[: KEY.index("-----END")], numbered=True)


def changed(solution: bytes | None, learners: FileFact | None, **more: Any) -> FileChange:
    return difference(SolvedFile("/f", solution, **more), learners, Room())


def test_the_difference_leads_from_the_learners_file_to_the_solutions() -> None:
    found = changed(b"a\nb\nc\n", file("/f", "a\nB\nc\nmine\n"))
    assert found.change == "edit"
    assert found.diff == ("@@ -1,4 +1,3 @@", " a", "-B", "+b", " c", "-mine")


def test_a_file_that_is_right_says_so_and_one_that_is_missing_is_written() -> None:
    assert changed(b"a\n", file("/f", "a\n")).change == "same"
    found = changed(b"a\n", file("/f", None, "absent"))
    assert (found.change, found.diff) == ("write", ("@@ -0,0 +1 @@", "+a"))


def test_a_file_that_the_solution_removes() -> None:
    assert changed(None, file("/f", "a\n")).change == "remove"
    assert changed(None, file("/f", None, "absent")).change == "same"


def test_a_mode_that_a_step_gives_is_part_of_the_solution() -> None:
    found = changed(b"a\n", file("/f", "a\n"), mode=0o600)
    assert (found.change, found.note) == ("edit", "its mode is 0644, the solution's 0600")
    assert changed(b"a\n", file("/f", "a\n", mode=0o600), mode=0o600).change == "same"


@pytest.mark.parametrize(
    ("solution", "learners", "why"),
    [
        (b"\xff\xfe", file("/f", "a\n"), "is no text"),
        (b"a\n", file("/f", None), "is no text"),
        (b"a\n", file("/f", None, "folder"), "it is a folder"),
        (b"a\n", file("/f", None, "too-large"), "larger than 1 MiB"),
        (b"a\n", None, "could not be read"),
        (b"a\n" * (MAX_LINES + 1), file("/f", "b\n"), "too long to be compared"),
    ],
)
def test_what_cannot_be_compared_says_why(solution: bytes, learners: FileFact | None, why: str) -> None:
    found = changed(solution, learners)
    assert found.change == "unknown"
    assert why in found.note


def test_a_difference_in_a_private_key_alone_is_told_without_it() -> None:
    found = changed(KEY.encode(), file("/f", KEY.replace("MHcCAQEEIBkg\n", "XYZ\nmore\n")))
    assert (found.diff, found.note) == ((), "it differs only in a private key, or in how its lines end")


def test_long_differences_are_cut_for_all_files_of_a_task_together() -> None:
    room = Room(10)
    many = "".join(f"{number}\n" for number in range(30)).encode()
    first, second = (difference(SolvedFile("/f", many), file("/f", ""), room) for _ in range(2))
    assert (len(first.diff), first.more) == (10, 21)
    assert (len(second.diff), second.more) == (0, 31)


def test_the_worst_files_are_compared_in_seconds() -> None:
    """Lines that come often, and in another order on each side, are what `difflib` is slow at."""
    count = MAX_LINES
    left = "".join(f"{number % (count // 15)}\n" for number in range(count))
    right = "".join(f"{number * 7919 % (count // 15)}\n" for number in range(count)).encode()
    begin = time.process_time()
    changed(right, file("/f", left))
    assert time.process_time() - begin < 10


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_solution_of_each_scenario_is_told_for_each_fault_without_a_node(name: str) -> None:
    for drawn in [one for one in draws(name) if len(one) <= 1]:
        steps = answer_steps(answers(name), SOLUTION, faults_of(name, drawn))
        # from the files before the fault, which its repair changes: see `InitialFiles`
        parts = solved(steps, untouched(name, drawn).initial.get)
        assert parts
        paths = [part.path for part in parts if isinstance(part, SolvedFile)]
        assert len(paths) == len({*paths})


def test_a_grade_gathers_places_solution_and_hints(lab: Lab) -> None:
    learners = STOCK.replace("- kube-apiserver\n", "- kube-apiserver\n    - --learner=was-here\n")
    line = learners[: learners.index("--learner")].count("\n") + 1
    node = LabnodeNode(_initial(lab) | {MANIFEST_PATH: learners.encode()})
    running = RunningLab(lab, cast(Any, node), cast(Any, None))
    place = Place(node="control-plane", path=MANIFEST_PATH, line=line)
    initial = {InitialNeed(MANIFEST_PATH): file(MANIFEST_PATH, STOCK)}
    graded = {FileNeed(MANIFEST_PATH): file(MANIFEST_PATH, learners)}
    work = gather(running, made(check(where=place)), Evidence({**graded, **initial}))
    (excerpt,) = work.excerpts
    assert excerpt.lines[excerpt.line - excerpt.first].strip() == "- --learner=was-here"
    assert (work.topic, work.difficulty, work.task) == (
        lab.scenario.topic,
        lab.scenario.difficulty,
        lab.scenario.task,
    )
    assert work.hints["plugin"] == next(one.hints for one in lab.scenario.checks if one.id == "plugin")
    by_path = {part.path: part for part in work.solution if isinstance(part, FileChange)}
    assert "-    - --learner=was-here" in by_path[MANIFEST_PATH].diff
    assert any(one.startswith("+") and "ImagePolicyWebhook" in one for one in by_path[MANIFEST_PATH].diff)
    assert MANIFEST_PATH not in node.asked, "what was graded is shown, not what is there a moment later"
    assert "/etc/kubernetes/admission/kubeconf" in node.asked


def _initial(lab: Lab) -> dict[str, bytes]:
    return {path: lab.initial_files(path) or b"" for path in lab.initial_files.paths}


def test_a_node_that_does_not_answer_leaves_the_files_of_the_grade(lab: Lab) -> None:
    class Dead:
        def run(self, *_: Any, **__: Any) -> Any:
            raise LabError("the node is gone")

    graded = {FileNeed(MANIFEST_PATH): file(MANIFEST_PATH, STOCK)}
    work = gather(RunningLab(lab, cast(Any, Dead()), cast(Any, None)), made(), Evidence(graded))
    changes = {part.path: part.change for part in work.solution if isinstance(part, FileChange)}
    assert changes.pop(MANIFEST_PATH) == "edit"
    assert {*changes.values()} == {"unknown"}


def test_a_solution_that_cannot_be_told_leaves_the_rest(lab: Lab) -> None:
    (lab.record.folder / "answers.yaml").write_text("solution: 7\n")
    work = gather(RunningLab(lab, cast(Any, LabnodeNode({})), cast(Any, None)), made(), Evidence())
    assert work.solution == ()
    assert "answers.yaml" in work.solution_unknown


@pytest.fixture
def graded(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The lab after a grade."""
    run_on(monkeypatch, Files({}))
    monkeypatch.setattr("ckslab.lab.grade.graded", lambda *_, **__: (made(), Evidence()))
    grade_lab(find_lab("one"), Silent())
    return lab


def test_a_grade_keeps_its_report_and_what_stands_beside_it(graded: Lab) -> None:
    report, work = read_kept_report(graded.folder), read_work(graded.folder)
    assert report == made()
    assert work is not None
    assert any(isinstance(part, FileChange | LiveStep) for part in work.solution)


def test_only_the_owner_reads_what_is_kept(graded: Lab) -> None:
    for name in ("report.json", "review.json"):
        assert (graded.folder / name).stat().st_mode & 0o777 == 0o600


def test_a_grade_of_files_alone_is_not_kept(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    run_on(monkeypatch, Files({}))
    monkeypatch.setattr("ckslab.lab.grade.graded", lambda *_, **__: (made(), Evidence()))
    grade_lab(find_lab("one"), Silent(), files_only=True)
    assert read_kept_report(lab.folder) is None


def test_a_disk_that_is_full_loses_what_is_kept_and_shows_the_grade(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise LabError("cannot write review.json: no space left on device", advice="free some space")

    run_on(monkeypatch, Files({}))
    monkeypatch.setattr("ckslab.lab.grade.graded", lambda *_, **__: (made(), Evidence()))
    monkeypatch.setattr("ckslab.lab.grade.keep_review", full)
    (note,) = grade_lab(find_lab("one"), Silent()).notes
    assert "not kept for ckslab report: cannot write review.json: no space left" in note
    assert lab.attempt.last is not None


def test_nothing_is_kept_before_the_first_grade_and_a_new_attempt_forgets(graded: Lab) -> None:
    forget_review(graded.folder)
    forget_review(graded.folder)
    assert read_kept_report(graded.folder) is None
    assert read_work(graded.folder) is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report.json", "{"),
        ("report.json", '{"format": 99}'),
        ("report.json", "[]"),
        ("review.json", "{"),
        ("review.json", '{"format": 2}'),
        ("review.json", '{"format": 1, "topic": 7}'),
    ],
)
def test_what_was_kept_and_is_damaged_names_its_file_and_the_way_out(graded: Lab, name: str, content: str) -> None:
    (graded.folder / name).write_text(content)
    with pytest.raises(LabError, match=name) as caught:
        (read_kept_report if name == "report.json" else read_work)(graded.folder)
    assert "ckslab grade one" in caught.value.advice


def test_a_file_that_grew_is_not_read(graded: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ckslab.store.review.MAX_BYTES", 100)
    with pytest.raises(LabError, match="larger than"):
        read_work(graded.folder)


def test_a_lab_that_is_removed_leaves_its_report(graded: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalBackend, "remove", lambda *_: None)
    assert stop_lab(find_lab("one"), Silent()) == ""
    assert not graded.folder.exists()
    assert past_names() == ["one"]
    assert read_kept_report(past_folder("one")) == made()
    assert past_folder("one").stat().st_mode & 0o777 == 0o700


def test_a_lab_that_was_never_graded_leaves_the_report_of_the_one_before(
    graded: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(LocalBackend, "remove", lambda *_: None)
    stop_lab(find_lab("one"), Silent())
    lab_on_disk(_new(tmp_path))
    stop_lab(find_lab("one"), Silent())
    assert read_kept_report(past_folder("one")) == made()


def test_nothing_of_an_earlier_lab_stands_beside_a_later_report(
    graded: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(LocalBackend, "remove", lambda *_: None)
    graded.keep(Attempt("2026-01-01T00:00:00Z", hints={"plugin": 2}))
    stop_lab(find_lab("one"), Silent())
    later = lab_on_disk(_new(tmp_path))
    keep_review(later.folder, made(), GradedWork(topic="images", difficulty="easy", task="Another task."))
    stop_lab(find_lab("one"), Silent())
    kept = read_work(past_folder("one"))
    assert kept is not None
    assert kept.task == "Another task."
    assert not (past_folder("one") / "attempt.json").exists()


def test_a_full_disk_keeps_nobody_from_removing_a_lab(graded: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(LocalBackend, "remove", lambda *_: None)
    monkeypatch.setattr(Path, "replace", full)
    told = stop_lab(find_lab("one"), Silent())
    assert "last report is lost" in told
    assert "no space left" in told
    assert not graded.folder.exists()


def _new(tmp_path: Path) -> Path:
    again = tmp_path / "again"
    again.mkdir()
    return again
