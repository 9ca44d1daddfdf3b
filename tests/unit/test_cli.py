"""The command line: usage, exit codes, no traceback, no colour in pipes, the learner's text never lost."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import typer

from ckslab import __version__
from ckslab import lab as use_cases
from ckslab.cli import main
from ckslab.cli.main import command_of
from ckslab.cluster.backend import Availability, Examined
from ckslab.errors import LabError, UsageError
from ckslab.evidence import failed, passed, undecided
from ckslab.grading.report import Report, report
from ckslab.grading.result import CheckResult, ScenarioResult
from ckslab.lab.archive import Archive
from ckslab.lab.catalogue import SHIPPED, Catalogue, CatalogueEntry
from ckslab.lab.life.start import Started, Wanted
from ckslab.lab.model import Lab, RunningLab
from ckslab.lab.results import AnswerResult, Hint, LabStatus, LintProblem, Rescue
from ckslab.lab.verify.jobs import Job
from ckslab.scenario.model import Check, Scenario, Setup
from ckslab.store.attempt import CheckScore
from ckslab.store.labs import make_lab_folder
from ckslab.store.record import LabRecord, write_record

pytestmark = pytest.mark.usefixtures("own_home")

CHECK = Check("readable", "It can be read", 10, "file", None)  # type: ignore[arg-type]
SCENARIO = Scenario("s", "A scenario", "images", "easy", 10, (), {}, Setup(), (CHECK,), None, "# Task\n", Path("/"))

COMMANDS = (
    *(
        "list",
        "show",
        "start",
        "task",
        "shell",
        "edit",
        "kubeconfig",
        "grade",
        "report",
        "hand-in",
        "hint",
        "solution",
        "explain",
        "rescue",
    ),
    *("next", "progress", "status", "reset", "stop", "doctor", "setup", "history"),
)
HISTORY = ("show", "export", "import")
AUTHOR = ("new", "lint", "schema", "try", "verify")


def lab(name: str = "s") -> Path:
    folder = make_lab_folder(name)
    write_record(folder, LabRecord(name, "s", Path("/"), "local", 1, "n", "2026-01-01T00:00:00Z"))
    return folder


def graded(outcome: str) -> Report:
    finding = {"pass": passed(), "fail": failed("x", "y"), "unknown": undecided("gone")}[outcome]
    judged = CheckResult(CHECK, finding.outcome, 10 if outcome == "pass" else 0, finding)
    result = ScenarioResult((judged,), (), None)  # type: ignore[arg-type]
    return report_on(result)


def report_on(result: ScenarioResult) -> Report:
    from ckslab.evidence import Evidence

    result = ScenarioResult(result.checks, result.not_graded, Evidence())
    return report(result, SCENARIO, graded_at="2026-01-01T00:01:00Z", duration_ms=5, lab="s", cluster="local")


def fake(monkeypatch: pytest.MonkeyPatch, name: str, answer: Any) -> list[tuple[Any, ...]]:
    """Let a use case answer (or raise) `answer`; the calls it gets."""
    calls: list[tuple[Any, ...]] = []

    def called(*args: Any, **named: Any) -> Any:
        calls.append((*args, named) if named else args)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    monkeypatch.setattr(use_cases, name, called)
    return calls


@dataclass(frozen=True)
class FakeNode:
    """A node of which the command line takes the kubeconfig and the command of a shell."""

    kubeconfig: Path = Path("/k")
    argvs: list[tuple[str, ...]] = field(default_factory=list)

    def shell_command(self, argv: Sequence[str], *, terminal: object) -> list[str]:
        self.argvs.append(tuple(argv))
        return ["sh", "-c", "exit 7"]


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> tuple[FakeNode, list[str]]:
    """Every lab runs on this node; the names of those that were asked for it."""
    node, names = FakeNode(), []

    def run(lab: Lab) -> RunningLab:
        names.append(lab.name)
        return RunningLab(lab, node, None)  # type: ignore[arg-type]

    monkeypatch.setattr(Lab, "running", run)
    return node, names


@pytest.mark.parametrize(
    "command",
    [[c] for c in COMMANDS]
    + [["author"]]
    + [["author", c] for c in AUTHOR]
    + [["history", c] for c in HISTORY]
    + [[]],
)
def test_every_help_has_an_example_and_no_colour(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"Examples:\n    {'export ' if command == ['kubeconfig'] else ''}" in out
    assert "ckslab" in out.split("Examples:")[1]
    assert "\x1b" not in out


def test_help_names_the_commands_in_the_order_of_use(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])
    listed = capsys.readouterr().out.split("Commands:")[1].split("Examples:")[0].splitlines()
    assert [line.split()[0] for line in listed if line.strip()] == [*COMMANDS, "exam", "author"]


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ckslab {__version__}\n"


@pytest.mark.parametrize(
    "args",
    [
        ["nothing"],
        ["list", "--nothing"],
        ["start"],
        ["start", "s", "--cluster", "mars"],
        ["start", "s", "--seed", "-1"],
        ["--scenarios", "/nowhere", "list"],
        ["grade"],
        ["grade", "no-such-lab"],
        ["grade", "../../etc"],
        ["grade", "--files", "/"],
        ["grade", "--files", "/nowhere", "s"],
        ["stop", "--all", "s"],
        ["edit", "relative"],
        ["author", "verify", "--jobs", "0"],
    ],
)
def test_wrong_usage_is_2_and_told_on_stderr(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err
    assert "Traceback" not in err


def test_the_only_lab_need_not_be_named_and_several_are_listed(
    running: tuple[FakeNode, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    lab("one")
    assert main(["kubeconfig"]) == 0
    lab("two")
    assert main(["kubeconfig"]) == 2
    assert "one, two" in capsys.readouterr().err
    assert main(["kubeconfig", "two"]) == 0
    assert capsys.readouterr().out == "/k\n"
    assert running[1] == ["one", "two"]


@pytest.mark.parametrize(("outcome", "code"), [("pass", 0), ("fail", 1), ("unknown", 3)])
def test_grade_ends_with_the_reports_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], outcome: str, code: int
) -> None:
    lab()
    fake(monkeypatch, "grade_lab", graded(outcome))
    assert main(["grade"]) == code
    assert "readable" in capsys.readouterr().out
    assert main(["grade", "s", "--output", "json"]) == code
    assert json.loads(capsys.readouterr().out)["checks"][0]["outcome"] == outcome
    assert main(["grade", "-o", "junit"]) == code
    assert capsys.readouterr().out.startswith("<?xml")
    assert main(["grade", "--brief"]) == code


def test_a_brief_grade_gives_points_and_nothing_of_the_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab()
    fake(monkeypatch, "grade_lab", graded("fail"))
    assert main(["grade", "--brief"]) == 1
    assert capsys.readouterr().out == "  ✘  0/10  readable\n0 of 10\n"
    assert main(["grade", "--brief", "-o", "json"]) == 2
    assert "--brief goes with a lab" in capsys.readouterr().err


def test_files_are_graded_against_the_scenario(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = fake(monkeypatch, "grade_handed_in", graded("pass"))
    assert main(["--scenarios", str(tmp_path), "grade", "--files", str(tmp_path), "s"]) == 0
    assert main(["grade", "--files", str(tmp_path)]) == 0
    name = {"name": tmp_path.name}
    assert calls == [(tmp_path, "s", [tmp_path, SHIPPED], name), (tmp_path, None, [SHIPPED], name)]


@pytest.fixture
def submissions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Files whose names say what they get; `bad` cannot be read."""

    def grade(path: Path, *_: Any, name: str) -> Any:
        if path.parent.name == "bad":
            raise UsageError(f"{path} is damaged", advice="make it again")
        return graded(path.parent.name).model_copy(update={"lab": "", "submission": name})

    monkeypatch.setattr(use_cases, "grade_handed_in", grade, raising=False)
    monkeypatch.chdir(tmp_path)  # short names stand in one line
    return [f"{outcome}/node.tar" for outcome in ("pass", "fail", "bad", "unknown")]


def given(files: list[str]) -> list[str]:
    return [word for file in files for word in ("--files", file)]


def test_each_of_several_files_is_graded_and_named(
    submissions: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    passing, failing, bad, unknown = submissions
    for files, code in (
        ([passing, passing], 0),
        ([passing, failing], 1),
        ([failing, bad, passing], 2),
        (submissions, 3),
    ):
        assert main(["grade", *given(files), "s"]) == code
        out, err = capsys.readouterr()
        assert all(file in out for file in files if file != bad)
        assert (f"{bad} is damaged" in err) == (bad in files)
    assert main(["grade", *given(submissions), "s", "-o", "json"]) == 3
    reports = json.loads(capsys.readouterr().out)["reports"]
    assert [one["submission"] for one in reports] == [passing, failing, unknown]
    assert main(["grade", *given(submissions), "s", "-o", "junit"]) == 3
    suites = ElementTree.fromstring(capsys.readouterr().out)
    assert [suite.get("name") for suite in suites] == [f"s: {file}" for file in (passing, failing, unknown)]


def test_one_file_gives_one_report_by_its_own_name(
    submissions: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["grade", *given(submissions[:1]), "s", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["submission"] == "node.tar"
    assert main(["grade", *given(submissions[2:3]), "s"]) == 2
    out, err = capsys.readouterr()
    assert (out, "next: make it again" in err) == ("", True)


def test_hand_in_writes_the_archive_and_says_what_is_next(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    lab("one")
    fake(monkeypatch, "hand_in", Archive(b"packed", 7))
    monkeypatch.chdir(tmp_path)
    assert main(["hand-in"]) == 0
    assert capsysbinary.readouterr().out == (
        b"one.tar.gz holds 7 files of lab one\nnext: ckslab grade --files one.tar.gz\n"
    )
    assert (tmp_path / "one.tar.gz").read_bytes() == b"packed"
    assert main(["hand-in", "one", "-o", "-"]) == 0
    assert capsysbinary.readouterr().out == b"packed"
    assert main(["hand-in", "-o", "."]) == 2
    assert main(["hand-in", "-o", "no/such/folder.tar.gz"]) == 2
    assert b"cannot be written" in capsysbinary.readouterr().err


def test_watch_refuses_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    lab()
    assert main(["grade", "--watch"]) == 2
    assert "needs a terminal" in capsys.readouterr().err


def unlocked() -> RuntimeError:
    """What an interrupt becomes that comes in the middle of waiting for a condition."""
    error = RuntimeError("release unlocked lock")
    error.__context__ = KeyboardInterrupt()
    return error


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageError("wrong", advice="do this"), 2, "next: do this"),
        (LabError("broken", details="last line"), 3, "  | last line"),
        (KeyError("bug"), 3, "a fault of ckslab (KeyError"),
        (KeyboardInterrupt(), 130, "your lab is as it was"),
        (unlocked(), 130, "your lab is as it was"),
    ],
)
def test_errors_are_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    own_home: Path,
    error: BaseException,
    code: int,
    said: str,
) -> None:
    lab()
    fake(monkeypatch, "grade_lab", error)
    assert main(["grade"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err
    log = own_home / "ckslab.log"
    if isinstance(error, KeyError):
        assert "Traceback" in log.read_text()
        assert log.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("CKSLAB_DEBUG", "1")
    if code != 130:
        with pytest.raises(type(error)):
            main(["grade"])


def test_start_says_where_it_runs_and_what_is_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab()
    calls = fake(monkeypatch, "start_lab", Started(Lab("s"), False, "no engine answers"))
    assert main(["start", "s", "--seed", "3"]) == 0
    assert capsys.readouterr().out == (
        "lab s is ready on local (no engine answers)\nnext: ckslab task · ckslab shell · ckslab grade\n"
    )
    assert calls[0][0] == Wanted("s", [SHIPPED], cluster="auto", name=None, seed=3, node_image=None, stock=False)


def test_the_shell_gets_the_command_after_the_dashes_and_its_exit_code_counts(
    monkeypatch: pytest.MonkeyPatch, running: tuple[FakeNode, list[str]]
) -> None:
    ran: list[Any] = []
    monkeypatch.setattr(os, "execvp", lambda name, argv: ran.append((name, argv)))
    lab("one")
    for args in (
        ["shell"],
        ["shell", "one"],
        ["shell", "--", "ls", "--help"],
        ["shell", "one", "--", "a", "--", "b"],
    ):
        main(args)
    node, names = running
    assert names == ["one"] * 4
    shell = ("/bin/bash", "-i")
    assert node.argvs == [shell, shell, ("ls", "--help"), ("a", "--", "b")]
    assert ran[0] == ("sh", ["sh", "-c", "exit 7"])


def test_hint_takes_a_check_a_lab_or_both(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = fake(monkeypatch, "next_hint", Hint("readable", 1, 2, "Look."))
    lab("one")
    lab("two")
    for args in (["hint", "two"], ["hint", "readable", "one"]):
        assert main(args) == 0
    assert main(["hint", "readable"]) == 2
    assert [(lab.name, check) for lab, check in calls] == [("two", None), ("one", "readable")]
    out, err = capsys.readouterr()
    assert "**readable**, hint 1 of 2" in out
    assert "next: ckslab hint readable two" in err


def test_tables_and_their_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fake(monkeypatch, "scenarios", Catalogue((CatalogueEntry("s", "T", "images", "easy", 5, 100, None),)))
    fake(monkeypatch, "all_labs", [LabStatus("s", "s", "local", "running")])
    fake(monkeypatch, "examine", [Examined("kernel", "bad", "too old", "get another")])
    fake(monkeypatch, "lint_scenarios", [LintProblem(Path("x.yaml"), 3, "error", "wrong")])
    fake(monkeypatch, "plan_jobs", [])
    fake(monkeypatch, "run_jobs", [AnswerResult("s", "solution", "local", "fail", "why", 1.0)])
    expected = {
        "list": ("scenarios", 0),
        "status": ("labs", 0),
        "doctor": ("findings", 3),
        "author lint": ("problems", 2),
        "author verify": ("played", 1),
    }
    for command, (key, code) in expected.items():
        assert main([*command.split(), "-o", "json"]) == code
        assert list(json.loads(capsys.readouterr().out)) == ["format", key]
        assert main(command.split()) == code
        assert "\x1b" not in capsys.readouterr().out


def test_the_rest_of_the_commands_show_what_they_get(
    monkeypatch: pytest.MonkeyPatch, running: object, capsys: pytest.CaptureFixture[str]
) -> None:
    lab()
    fake(monkeypatch, "load_scenario", SCENARIO)
    monkeypatch.setattr(Lab, "scenario", SCENARIO)
    fake(monkeypatch, "show_solution", "# Solution")
    fake(monkeypatch, "rescue_lab", Rescue("no such file", "/var/log/x", "/etc/y", 3, "> 3 z", "edit it"))
    fake(monkeypatch, "restore_lab", ["/etc/y"])
    fake(monkeypatch, "schema", "{}")
    for name in ("reset_lab", "stop_lab", "set_up_machine"):
        fake(monkeypatch, name, None)
    for command, said in {
        "show s": "readable",
        "task": "# Task",
        "solution": "# Solution",
        "rescue": "/etc/y:3",
        "rescue --restore": "restored /etc/y",
        "author schema": "{}",
        "reset": "as it was",
        "stop": "removed",
        "stop --all": "removed",
        "setup": "ready",
    }.items():
        assert main(command.split()) == 0
        assert said in capsys.readouterr().out


class FakeRunner:
    """Gives each job the outcome that its answer has on this backend; nothing is played."""

    def __init__(self, backend: Any, names: Sequence[str]) -> None:
        self.backend, self.names = backend, names

    def __enter__(self) -> FakeRunner:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left."""

    def stop_nodes(self) -> None:
        """None runs."""

    def run(self, job: Job) -> AnswerResult:
        earned = 15 if job.answer == "solution" and self.backend.name == "kind" else 0
        score = CheckScore("pass" if earned else "fail", earned)
        detail = "it earns points" if job.answer == "untouched" else ""
        outcome: Any = "fail" if detail else "pass"
        return AnswerResult(job.scenario.id, job.label, self.backend.name, outcome, detail, 1.0, {"plugin": score})


class FakeBackend:
    """A backend that can all and makes nothing."""

    def __init__(self, name: str) -> None:
        self.name = name

    def availability(self) -> Availability:
        return Availability(True)

    def capabilities(self) -> frozenset[str]:
        return frozenset({"static-pods"})

    def prepare(self, *_: Any, **__: Any) -> None:
        """All is there."""


@pytest.mark.parametrize(
    ("words", "code", "lines"),
    [
        ("--only solution", 0, ["node-lab  solution  kind, 1.0 s", "1 played: 1 pass, 0 fail, 0 unknown"]),
        ("--only solution --repeat 3 --jobs 2", 0, ["3 played: 3 pass, 0 fail, 0 unknown"]),
        ("--only untouched", 1, ["it earns points", "1 played: 0 pass, 1 fail, 0 unknown"]),
        (
            "--only solution --cluster kind --against local",
            1,
            [
                "plugin: fail with 0 points, and on kind pass with 15 points",
                "2 played: 1 pass, 1 fail, 0 unknown",
            ],
        ),
        ("--only nothing", 2, ["no scenario has an answer 'nothing'"]),
    ],
)
def test_author_verify_plays_what_is_asked_for_and_compares(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str, code: int, lines: list[str]
) -> None:
    monkeypatch.setattr("ckslab.lab.verify.run.AnswerRunner", FakeRunner)
    monkeypatch.setattr("ckslab.lab.backends.backend", lambda name, _=None: FakeBackend(name))
    scenarios = Path(__file__).parents[1] / "support" / "lab_scenarios"
    assert main(["--scenarios", str(scenarios), "author", "verify", "node-lab", *words.split()]) == code
    out, err = capsys.readouterr()
    for line in lines:
        assert line in out + err


class Node:
    """A node with one file."""

    def __init__(self, data: bytes | None) -> None:
        self.data = data

    def read(self, running: RunningLab, path: str) -> bytes | None:
        return self.data

    def write(self, running: RunningLab, path: str, data: bytes) -> None:
        self.data = data


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch, running: object) -> Node:
    lab()
    made = Node(b"old\n")
    monkeypatch.setattr(use_cases, "read_file", made.read)
    monkeypatch.setattr(use_cases, "write_file", lambda *args: made.write(*args))
    return made


def editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    path = tmp_path / "my editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    monkeypatch.setenv("VISUAL", f"'{path}' -w")


def test_edit_writes_back_what_was_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    editor(
        monkeypatch,
        tmp_path,
        'test "$(basename "$2")" = a.yaml && stat -c %a "$2" > "$0.mode"; echo new >> "$2"',
    )
    assert main(["edit", "/etc/a.yaml"]) == 0
    assert node.data == b"old\nnew\n"
    assert "cannot be read" not in capsys.readouterr().err
    assert (tmp_path / "my editor.mode").read_text() == "600\n"
    assert list((tmp_path / "h" / "edits").iterdir()) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("/etc/kubernetes/manifests/x", b"a: 1", "a: b: c\n", "cannot be read as YAML, line 1"),
        ("/root/a.yaml", None, "a:\n\tb: 1\n", "cannot be read as YAML, line 2"),
        ("/etc/kubernetes/admission/kubeconf", b"a: 1", "a: 'x", "cannot be read as YAML"),
        ("/root/a.json", b"{}", '{"a": 1', "cannot be read as YAML"),
        ("/root/notes.txt", b"some words", "a: [", ""),
        ("/root/a.yaml", None, "a: 1\na: 2\n---\nb: 1\n", ""),
    ],
)
def test_what_was_saved_and_is_no_yaml_is_told(path: str, old: bytes | None, new: str, said: str) -> None:
    problem = use_cases.yaml_problem(path, old, new.encode())
    assert (said in f"cannot be read as YAML, {problem}") if said else problem == ""


def test_edit_makes_a_new_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, node: Node) -> None:
    node.data = None
    editor(monkeypatch, tmp_path, 'echo new > "$2"')
    assert main(["edit", "/etc/b"]) == 0
    assert node.data == b"new\n"


def test_edit_leaves_what_was_not_changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, node: Node) -> None:
    monkeypatch.setattr(node, "write", None)
    editor(monkeypatch, tmp_path, "exit 0")
    assert main(["edit", "/etc/a"]) == 0


def kept(capsys: pytest.CaptureFixture[str]) -> str:
    err = capsys.readouterr().err
    return Path(err.split("your text is kept in ")[1].splitlines()[0]).read_text()


def test_an_editor_that_fails_writes_nothing_and_keeps_the_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    editor(monkeypatch, tmp_path, 'echo mine > "$2"; exit 1')
    assert main(["edit", "/etc/a"]) == 3
    assert node.data == b"old\n"
    assert kept(capsys) == "mine\n"


def test_a_file_that_changed_meanwhile_is_not_overwritten(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    editor(monkeypatch, tmp_path, 'echo mine > "$2"')
    answers = iter([b"old\n", b"theirs\n"])
    monkeypatch.setattr(use_cases, "read_file", lambda *_: next(answers))
    assert main(["edit", "/etc/a"]) == 3
    assert node.data == b"old\n"
    assert kept(capsys) == "mine\n"


def test_a_write_that_fails_keeps_the_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    editor(monkeypatch, tmp_path, 'echo mine > "$2"')
    fake(monkeypatch, "write_file", LabError("the node is gone"))
    assert main(["edit", "/etc/a"]) == 3
    assert kept(capsys) == "mine\n"


def ckslab(*args: str, **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "ckslab", *args], text=True, stderr=subprocess.PIPE, **more)


def test_a_reader_that_left_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    with ckslab("--help", stdout=write) as process:
        os.close(write)
        assert process.communicate()[1] == ""


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_a_closed_stream_is_as_if_nobody_read_it(closed: int) -> None:
    def close() -> None:
        os.close(closed)

    command = [sys.executable, "-m", "ckslab", "list"]
    done = subprocess.run(command, preexec_fn=close, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == ""
    assert ("ipw-complete" in done.stdout) == (closed != 1)


def test_output_to_a_full_disk_is_told() -> None:
    with Path("/dev/full").open("w") as full, ckslab("--help", stdout=full) as process:
        _, err = process.communicate()
    assert process.returncode == 3
    assert "No space left on device" in err
    assert "Traceback" not in err


def test_help_imports_nothing_slow() -> None:
    code = "import sys; from ckslab.cli import main; main(['--help'])\n"
    code += "print([name for name in sys.modules if name in %r or name.startswith('ckslab.lab.')])"
    slow = ("rich", "pydantic", "yaml", "ruamel.yaml", "ckslab.store", "logging")
    done = subprocess.run([sys.executable, "-c", code % (slow,)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_completion_never_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    from ckslab.cli.complete import complete_lab, complete_scenario

    lab("one")
    assert complete_lab("o") == ["one"]
    fake(monkeypatch, "scenario_ids", LabError("no"))
    assert complete_scenario("") == []
    fake(monkeypatch, "scenario_ids", ["ipw", "other"])
    assert complete_scenario("i") == ["ipw"]


WATCH = """
import sys
from ckslab import lab
from ckslab.cli import main
from ckslab.lab.model import Lab
from tests.unit.test_cli import graded
n = 0
def fingerprint(running):
    global n
    n += 1
    return "first" if n < 4 else "second"
lab.fingerprint = fingerprint
Lab.running = lambda self: self
def grade_lab(chosen, progress, files_only=False):
    print("graded", files_only, flush=True)
    return graded("fail")
lab.grade_lab = grade_lab
sys.exit(main(["grade", "--watch"]))
"""


def test_watch_grades_files_at_each_change_and_all_at_enter() -> None:
    lab()
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", WATCH])
    screen = _until(terminal, "graded True", 2)
    os.write(terminal, b"\n")
    screen += _until(terminal, "graded False", 1)
    os.write(terminal, b"q")
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, screen
    os.close(terminal)


def _until(terminal: int, text: str, times: int) -> str:
    seen, end = "", time.monotonic() + 20
    while seen.count(text) < times:
        assert time.monotonic() < end, seen
        try:
            seen += os.read(terminal, 4096).decode(errors="replace")
        except OSError:
            pytest.fail(seen)
    return seen


def test_ctrl_c_is_130_and_says_what_is_safe() -> None:
    code = (
        "import sys, time; from ckslab import lab\n"
        "from ckslab.cli import main\n"
        "lab.examine = lambda: (print('up', flush=True), time.sleep(60))\n"
        "sys.exit(main(['doctor']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    assert err == "\ninterrupted. Nothing was changed.\n"


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("start ipw-complete", "start"),
        ("--scenarios stop start reset", "start"),
        ("--scenarios=reset stop", "stop"),
        ("author verify start", "author verify"),
        ("hint grade", "hint"),
        ("author", "author"),
        ("exam", "exam"),
        ("exam submit start", "exam submit"),
        ("--version", ""),
        ("", ""),
    ],
)
def test_what_is_safe_after_ctrl_c_depends_on_the_command_and_on_no_other_word(line: str, command: str) -> None:
    assert command_of(line.split()) == command


def test_all_that_the_command_line_calls_is_there_under_its_name() -> None:
    modules = {path.stem for path in Path(use_cases.__path__[0]).iterdir()}
    for module, names in use_cases.DEFINED_IN.items():
        for name in names:
            assert getattr(use_cases, name).__module__ == module
            assert name not in modules, f"importing ckslab.lab.{name} would hide the use case"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = use_cases.nothing


def test_the_application_is_typers() -> None:
    from ckslab.cli.app import app

    assert isinstance(app, typer.Typer)
