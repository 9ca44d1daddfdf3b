"""Rendering: what a learner reads is aligned, safe and complete; what programs read keeps its shape."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path
from typing import Any, Literal, TypeVar
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from ckslab.cluster.backend import Examined
from ckslab.errors import LabError, UsageError
from ckslab.grading.report import ApiServer, CheckReport, Place, Report, read_report, report_schema
from ckslab.lab.catalogue import CatalogueEntry
from ckslab.lab.results import AnswerResult, LabStatus, LintProblem, Rescue
from ckslab.render import clean
from ckslab.render.console import console
from ckslab.render.error import print_error
from ckslab.render.listing import print_findings, print_labs, print_played, print_problems, print_scenarios
from ckslab.render.listing_json import listing_json
from ckslab.render.markdown import print_markdown
from ckslab.render.progress import PlainProgress, counted, shown_progress
from ckslab.render.report_json import report_json
from ckslab.render.report_junit import report_junit
from ckslab.render.report_text import print_report
from ckslab.render.rescue import print_rescue

MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
READABLE = CheckReport(
    id="readable",
    title="The API server can read its admission configuration",
    outcome="fail",
    points=15,
    earned=0,
    expected="a file at /etc/kubernetes/admission/admission_config.yaml inside kube-apiserver",
    observed="no volumeMount covers that path: the container cannot see it",
    where=Place(node="control-plane", path=MANIFEST, line=71, field="volumeMounts"),
    log="open /etc/kubernetes/admission/admission_config.yaml: no such file or directory",
)
M = TypeVar("M", bound=BaseModel)


def replace(model: M, **changes: Any) -> M:
    return model.model_copy(update=changes)


def passing(id_: str, title: str, points: int) -> CheckReport:
    return CheckReport(id=id_, title=title, outcome="pass", points=points, earned=points)


def waiting(id_: str, outcome: Literal["fail", "unknown"] = "fail") -> CheckReport:
    return CheckReport(
        id=id_,
        title=f"title of {id_}",
        outcome=outcome,
        points=15,
        earned=0,
        observed="waits for: readable",
        after=("readable",),
    )


REPORT = Report(
    scenario="ipw-complete",
    lab="ipw-complete",
    title="Complete a half-configured ImagePolicyWebhook",
    cluster="local",
    seed=7,
    started_at="2026-01-01T14:00:00Z",
    graded_at="2026-01-01T14:12:30Z",
    hints_used=2,
    solution_shown=False,
    score=15,
    max=60,
    undecided=0,
    passed=False,
    duration_ms=1234,
    not_graded=(),
    checks=(
        passing("plugin", "ImagePolicyWebhook is enabled and no other plugin was lost", 15),
        READABLE,
        waiting("enforced"),
        waiting("fail-closed"),
    ),
    ckslab_version="0.1.0",
    minutes=15,
    api_server=ApiServer(state="down", restarts=4, down_since="14:02:11"),
)


def text(report: Report, width: int = 100, lab: str = "") -> str:
    stream = io.StringIO()
    print_report(console(stream, width=width), report, lab=lab)
    return stream.getvalue()


def test_the_screen_shows_one_root_cause_and_what_to_type_next() -> None:
    assert text(REPORT) == (
        "ipw-complete · Complete a half-configured ImagePolicyWebhook · local" + "15 of 60".rjust(32) + "\n"
        "\n"
        "  ✔ 15/15  plugin    ImagePolicyWebhook is enabled and no other plugin was lost\n"
        "  ✘  0/15  readable  The API server can read its admission configuration\n"
        "           expected  a file at /etc/kubernetes/admission/admission_config.yaml "
        "inside kube-apiserver\n"
        "           seen      no volumeMount covers that path: the container cannot see it\n"
        "           where     /etc/kubernetes/manifests/kube-apiserver.yaml:71  volumeMounts\n"
        "           log       open /etc/kubernetes/admission/admission_config.yaml: "
        "no such file or directory\n"
        "  ·  0/30  enforced, fail-closed wait for: readable\n"
        "\n"
        "The API server is down since 14:02:11 (restarted 4 times).\n"
        "12 of 15 minutes · 2 hints used\n"
        "next: ckslab hint readable · ckslab rescue\n"
    )


def test_a_narrow_terminal_wraps_and_keeps_the_columns() -> None:
    lines = text(REPORT, width=60).splitlines()
    assert max(map(len, lines)) <= 60
    title = next(line for line in lines if "readable  The API" in line)
    assert lines[lines.index(title) + 1].startswith(" " * title.index("The"))


def test_next_commands_name_the_lab_where_there_are_several() -> None:
    assert "next: ckslab hint readable second · ckslab rescue second" in text(REPORT, lab="second")


def test_what_comes_next_follows_from_the_cause() -> None:
    ready = ApiServer(state="ready", restarts=0, down_since=None)
    for root in ("manifest", "restart", "api-server"):
        checks = (replace(READABLE, root=root), replace(READABLE, id="other"))
        assert text(replace(REPORT, checks=checks, api_server=ready)).endswith(
            "next: ckslab rescue · ckslab hint other\n"
        )
    assert text(replace(REPORT, checks=(replace(READABLE, root="restart"),))).endswith("next: ckslab rescue\n")


def test_full_marks_for_files_alone_are_not_the_end() -> None:
    passed = replace(REPORT, checks=REPORT.checks[:1], passed=True, not_graded=("enforced",))
    assert text(passed).endswith("next: ckslab grade\n")
    assert text(replace(passed, not_graded=())).endswith(
        "next: ckslab explain ipw-complete · ckslab stop · ckslab next\n"
    )


def test_undecided_points_are_shown_beside_the_score() -> None:
    unknown = replace(READABLE, outcome="unknown", observed="the engine is gone")
    screen = text(replace(REPORT, checks=(unknown, waiting("enforced", "unknown")), undecided=30))
    assert "15 of 60 (30 undecided)" in screen
    assert "  ? ?/15  readable" in screen.replace("  ?  ?/15", "  ? ?/15")
    assert "why       the engine is gone" in screen
    assert "ckslab doctor" in screen


def test_what_to_take_away_stands_before_what_is_next() -> None:
    out = io.StringIO()
    passed = replace(REPORT, checks=REPORT.checks[:1], score=15, max=15, passed=True, api_server=None)
    print_report(console(out, width=60), passed, take_away="Look twice. " * 10)
    end = out.getvalue().split("\n\n")[-2:]
    assert " ".join(end[0].split()) == ("Look twice. " * 10).strip()
    assert end[1].startswith("next: ckslab explain")
    assert all(len(line) <= 60 for line in end[0].splitlines())


def test_full_marks_lead_on() -> None:
    screen = text(
        replace(REPORT, checks=REPORT.checks[:1], score=15, max=15, passed=True, api_server=None, minutes=0)
    )
    assert screen.endswith("next: ckslab explain ipw-complete · ckslab stop · ckslab next\n")


def test_markup_in_a_learners_text_is_text() -> None:
    screen = text(replace(REPORT, checks=(replace(READABLE, observed="[bold]x[/] :smile: [/nothing]"),)))
    assert "[bold]x[/] :smile: [/nothing]" in screen


def test_no_escape_sequence_reaches_the_terminal() -> None:
    evil = "\x1b[2J\x1b]0;x\x07\u202etxt\x9b\ud800"
    out = text(replace(REPORT, title=evil, checks=(replace(READABLE, id=evil, observed=evil, log=evil),)))
    assert not set("\x1b\x07\x9b\u202e\ud800") & set(out)


def test_an_ascii_terminal_gets_ascii_marks() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", errors="replace")
    print_report(console(stream, width=100), REPORT)
    stream.flush()
    assert b"  + 15/15  plugin" in raw.getvalue()


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colours_only_on_a_terminal_without_no_color(
    monkeypatch: pytest.MonkeyPatch, no_color: str, coloured: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        print_report(console(stream, width=100), REPORT)
        print_error(LabError("x", advice="y"), stream)
    assert ("\x1b[" in terminal.getvalue()) is coloured
    assert "\x1b[" not in pipe.getvalue()


def test_the_json_form_has_exactly_these_fields() -> None:
    content = json.loads(report_json(REPORT))
    assert list(content) == [
        "format",
        "ckslab_version",
        "scenario",
        "lab",
        "submission",
        "from_lab",
        "title",
        "cluster",
        "seed",
        "started_at",
        "graded_at",
        "minutes",
        "hints_used",
        "solution_shown",
        "score",
        "max",
        "undecided",
        "passed",
        "duration_ms",
        "not_graded",
        "notes",
        "api_server",
        "checks",
    ]
    assert content["format"] == 2
    assert content["checks"][1] == {
        "id": "readable",
        "title": "The API server can read its admission configuration",
        "outcome": "fail",
        "points": 15,
        "earned": 0,
        "expected": READABLE.expected,
        "observed": READABLE.observed,
        "where": {"node": "control-plane", "path": MANIFEST, "line": 71, "field": "volumeMounts"},
        "message": "",
        "log": READABLE.log,
        "root": "",
        "after": [],
    }
    assert content["checks"][2]["after"] == ["readable"]
    assert content["checks"][0]["where"] is None


def test_the_report_is_read_again_as_it_was() -> None:
    assert read_report(report_json(REPORT)) == REPORT


FORMAT_1 = """
{
  "format": 1,
  "ckslab_version": "0.1.0",
  "scenario": "s",
  "lab": "l",
  "title": "t",
  "cluster": "local",
  "seed": 3,
  "started_at": "2026-11-23T16:53:38Z",
  "graded_at": "2026-11-23T16:55:23Z",
  "hints_used": 3,
  "solution_shown": false,
  "score": 0,
  "max": 15,
  "undecided": 0,
  "passed": false,
  "duration_ms": 812,
  "not_graded": ["live"],
  "checks": [
    {
      "id": "readable",
      "title": "It is read",
      "outcome": "fail",
      "points": 15,
      "earned": 0,
      "expected": "x",
      "observed": "y",
      "where": {"node": "control-plane", "path": "/etc/x", "line": null},
      "message": "z log: open /etc/x: no such file",
      "after": []
    }
  ]
}
"""


def test_a_report_of_format_1_is_read() -> None:
    read = read_report(FORMAT_1)
    assert (read.format, read.ckslab_version, read.score, read.not_graded) == (2, "0.1.0", 0, ("live",))
    [check] = read.checks
    assert check.where == Place(node="control-plane", path="/etc/x", line=None)
    assert (check.message, check.log, check.after) == ("z log: open /etc/x: no such file", "", ())
    assert (read.submission, read.notes, read.api_server) == ("", (), None)


def test_what_a_later_ckslab_adds_within_the_format_is_passed_over() -> None:
    content = {**json.loads(report_json(REPORT)), "more": {"to": "come"}}
    assert read_report(json.dumps(content)) == REPORT


@pytest.mark.parametrize(
    ("text_", "says"),
    [
        ("", "no report of ckslab"),
        ("[]", "no report of ckslab"),
        ('{"format": "2"}', "no report of ckslab"),
        ('{"format": 3}', "a newer ckslab reads it"),
        ('{"format": 2}', "damaged"),
        (FORMAT_1.replace('"fail"', '"lost"'), "damaged"),
    ],
)
def test_what_is_no_report_is_refused_with_a_sentence(text_: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_report(text_)


def test_the_published_schema_is_that_of_the_report() -> None:
    published = Path(__file__).parents[2] / "docs" / "report.schema.json"
    assert json.loads(published.read_text()) == report_schema()


def test_every_field_of_the_schema_is_in_a_report() -> None:
    assert list(report_schema()["properties"]) == list(json.loads(report_json(REPORT)))
    assert report_schema()["properties"]["format"]["const"] == 2


@pytest.mark.parametrize(
    ("server", "remark"),
    [
        (ApiServer(state="down", restarts=1, down_since=None), "The API server is down (restarted 1 time).\n"),
        (ApiServer(state="not-ready", restarts=0, down_since=None), "The API server runs and is not ready.\n"),
        (ApiServer(state="ready", restarts=3, down_since=None), ""),
    ],
)
def test_the_foot_tells_what_explains_several_checks_at_once(server: ApiServer, remark: str) -> None:
    foot = text(replace(REPORT, api_server=server)).split("\n\n")[-1]
    assert foot.startswith(remark + "12 of 15 minutes")
    assert ("ckslab rescue" in foot) is (server.state == "down")


def test_notes_come_first_in_the_foot() -> None:
    foot = text(replace(REPORT, notes=("The node's root is one/.",))).split("\n\n")[-1]
    assert foot.startswith("The node's root is one/.\nThe API server is down")


def test_junit_has_a_suite_for_each_report_with_its_notes() -> None:
    noted = replace(REPORT, submission="alice.zip", notes=("What was guessed.",))
    suites = fromstring(report_junit(REPORT, noted))
    assert [suite.get("name") for suite in suites] == [REPORT.scenario, f"{REPORT.scenario}: alice.zip"]
    assert [suite.findtext("system-out") for suite in suites] == [None, "What was guessed."]


def test_files_that_were_handed_in_are_named_and_the_way_to_what_is_undecided_is_told() -> None:
    unknown = CheckReport(
        id="u", title="U", outcome="unknown", points=5, earned=0, observed="files alone do not tell"
    )
    made = replace(
        REPORT, lab="", submission="alice.zip", cluster="files", checks=(unknown,), undecided=5, passed=False
    )
    assert "· alice.zip" in text(made).splitlines()[0]
    assert "next: ckslab hand-in (in the lab) · ckslab show" in text(made)
    whole = text(replace(made, from_lab="second"))
    assert "from lab second" in whole
    assert "hand-in" not in whole


def test_junit_counts_failures_errors_and_what_was_not_graded() -> None:
    unknown = replace(READABLE, id="u", outcome="unknown", log="a\x00<b>&\ufffe")
    xml = report_junit(replace(REPORT, checks=(*REPORT.checks, unknown), not_graded=("live",)))
    suite = fromstring(xml)[0]
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped", "time")} == {
        "tests": "6",
        "failures": "3",
        "errors": "1",
        "skipped": "1",
        "time": "1.234",
    }
    assert "log: a\ufffd<b>&\ufffd" in (suite.find("testcase/error").text or "")  # type: ignore[union-attr]


ANY = st.text(st.characters(exclude_categories=[]), max_size=60)
CHECKS = st.builds(
    CheckReport,
    id=ANY,
    title=ANY,
    outcome=st.sampled_from(["pass", "fail", "unknown"]),
    points=st.integers(0, 1000),
    earned=st.integers(0, 1000),
    expected=ANY,
    observed=ANY,
    where=st.none() | st.builds(Place, node=ANY, path=ANY, line=st.none() | st.integers(1), field=ANY),
    message=ANY,
    after=st.lists(ANY, max_size=2).map(tuple),
    log=ANY,
)
REPORTS = st.builds(
    lambda **changes: Report(**{**dict(REPORT), **changes}),
    title=ANY,
    lab=ANY,
    started_at=ANY,
    graded_at=ANY,
    checks=st.lists(CHECKS, max_size=4).map(tuple),
    not_graded=st.lists(ANY, max_size=2).map(tuple),
    undecided=st.integers(0, 9),
)


@settings(max_examples=150)
@given(REPORTS, st.integers(1, 200))
def test_any_text_at_any_width_is_rendered(report: Report, width: int) -> None:
    shown = text(report, width)
    shown.encode()
    assert not {c for c in shown if c < " " and c != "\n"}
    assert read_report(report_json(report)) == report
    fromstring(report_junit(report))


@settings(max_examples=100)
@given(ANY, st.integers(1, 120))
def test_any_text_fits_every_table(any_text: str, width: int) -> None:
    out = console(io.StringIO(), width=width)
    print_scenarios(out, [CatalogueEntry(any_text, any_text, any_text, any_text, 5, 100, 100)])
    print_labs(out, [LabStatus(any_text, any_text, any_text, any_text, any_text, 1, 2, 3, any_text, any_text)])
    print_findings(out, [Examined(any_text, "bad", any_text, any_text)])
    print_problems(out, [LintProblem(Path("x"), 1, "error", any_text)])
    print_played(out, AnswerResult(any_text, any_text, any_text, "fail", any_text, 1.0))
    print_rescue(out, Rescue(any_text, any_text, any_text, 3, any_text, any_text))
    print_markdown(any_text, Terminal())
    print_error(LabError(any_text, advice=any_text, details=any_text), io.StringIO())


def test_the_catalogue_keeps_its_order_and_aligns() -> None:
    stream = io.StringIO()
    rows = [
        CatalogueEntry("b", "Second", "images", "easy", 5, 100),
        CatalogueEntry("a", "First", "digests", "hard", 15, 100, 40),
    ]
    print_scenarios(console(stream, width=80), rows)
    assert stream.getvalue().splitlines() == [
        "ID  TOPIC    LEVEL  MIN  BEST    TITLE",
        "b   images   easy   5            Second",
        "a   digests  hard   15   40/100  First",
    ]


def test_scenarios_stand_below_the_bullet_that_they_train() -> None:
    stream = io.StringIO()
    bullets = {"b": "base-image", "a": "base-image", "z": "of-a-later-ckslab"}
    rows = [CatalogueEntry(name, "T", "images", "easy", 5, 100, bullet=bullet) for name, bullet in bullets.items()]
    print_scenarios(console(stream, width=80), rows)
    assert [line.split("  ")[0] for line in stream.getvalue().splitlines()] == [
        "ID",
        "",
        "Minimize base image footprint · base-image",
        "b",
        "a",
        "",
        "of-a-later-ckslab",
        "z",
    ]


def test_tables_as_json_have_a_format() -> None:
    assert json.loads(listing_json("problems", [LintProblem(Path("a.yaml"), 3, "error", "m")])) == {
        "format": 1,
        "problems": [{"file": "a.yaml", "line": 3, "severity": "error", "message": "m"}],
    }


def test_an_error_says_what_happened_the_log_and_what_is_next() -> None:
    stream = io.StringIO()
    print_error(LabError("it broke", details="one\ntwo\n", advice="next: ckslab doctor\nor that"), stream)
    assert stream.getvalue() == ("ckslab: it broke\n  | one\n  | two\nnext: ckslab doctor\n      or that\n")


def test_markdown_is_left_as_it_is_in_a_pipe_and_laid_out_on_a_terminal() -> None:
    pipe, terminal = io.StringIO(), Terminal()
    for stream in (pipe, terminal):
        print_markdown("# Goal\n\nUse `kubectl`.\n", stream)
    assert pipe.getvalue() == "# Goal\n\nUse `kubectl`.\n"
    assert "#" not in terminal.getvalue()


def test_progress_without_a_terminal_is_one_line_a_step() -> None:
    stream = io.StringIO()
    with shown_progress(stream) as progress:
        progress.step("starting etcd")
        progress.step("starting etcd")
        progress.advance(1, 2, "bytes")
        progress.step("starting\x1b[2J kubelet")
    assert stream.getvalue() == "starting etcd\nstarting\ufffd[2J kubelet\n"


def test_long_steps_are_told_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PlainProgress, "every", 0.0)
    stream = io.StringIO()
    with shown_progress(stream) as progress:
        progress.step("downloading")
        progress.advance(1_500_000, 3_000_000, "bytes")
    assert stream.getvalue() == "downloading\n  1.5 of 3.0 MB\n"


def test_the_spinner_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    with shown_progress(terminal) as progress:
        progress.step("downloading [red]etcd[/red]")
        progress.advance(1, 3, "images")
        time.sleep(0.3)
        progress.pause()
        progress.step("again")
    assert "downloading [red]etcd[/red]" in terminal.getvalue()
    assert terminal.getvalue().rstrip().endswith("\x1b[2K")


def test_counts_are_said_in_their_unit() -> None:
    assert [counted(3, 7, "images"), counted(3, None, ""), counted(12_000_000, None, "bytes")] == [
        "3 of 7 images",
        "3",
        "12.0 MB",
    ]


@given(ANY)
def test_cleaned_text_is_one_line_that_can_be_encoded(any_text: str) -> None:
    cleaned = clean.line(any_text)
    cleaned.encode()
    assert len(cleaned.splitlines()) <= 1
    assert clean.line(cleaned) == cleaned
