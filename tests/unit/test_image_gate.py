"""A learner's script is judged by its exit codes on images that it has not seen; what the node tells is validated."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from ckslab.checks import CHECK_TYPES
from ckslab.errors import LabError
from ckslab.evidence import Fact, Finding, Need, Unavailable
from ckslab.handed_in import open_handed_in
from ckslab.lab.catalogue import load_scenario, scenario_roots
from ckslab.needs.collect import collect_from_files
from ckslab.needs.image_gate import GateNeed, NotRun, Probe, Run
from ckslab.needs.image_gate.run import run_script
from ckslab.needs.scan import ScanNeed
from ckslab.scanning.report import ScanReport, Vulnerability
from tests.support.checks_evidence import judge, node

PATH = "/opt/ci/scan.sh"
FIXED = Vulnerability("CVE-2022-48174", "busybox", "1.36.1-r0", "CRITICAL", "1.36.1-r1")
UNFIXED = Vulnerability("CVE-2023-45853", "zlib1g", "1:1.2.13", "CRITICAL")
HIGH = Vulnerability("CVE-2023-52425", "expat", "2.5.0-r2", "HIGH", "2.6.0-r0")
ASKED = {
    "path": PATH,
    "findings": {"severities": ["CRITICAL"], "fixed": True},
    "stopped": [{"base": "alpine", "os": "3.18.2", "reason": "with an old busybox"}],
    "passes": [{}, {"base": "busybox", "called": "critical.tar", "reason": "that nobody has fixed"}],
}
PARAMS: Any = CHECK_TYPES["image-gate"].params.model_validate(ASKED)
FOUND = ((FIXED, UNFIXED), (), (UNFIXED, HIGH))
"""In each of the three images."""


def said(*runs: Run | NotRun | Unavailable, found: tuple[tuple[Vulnerability, ...], ...] = FOUND) -> Finding:
    facts: dict[Need, Fact] = {}
    for (image, right), run, has in zip(PARAMS.tried, runs, found, strict=True):
        facts[PARAMS.run(image)] = run
        facts[PARAMS.scan(image, right)] = ScanReport("image.tar", "sha256:1", (), frozenset(has))
    return judge("image-gate", ASKED, node({}, facts))


def test_1_for_what_must_be_stopped_and_0_for_the_rest_is_right() -> None:
    assert said(Run(1), Run(0), Run(0)).outcome == "pass"


@pytest.mark.parametrize(
    ("runs", "expected", "observed", "message"),
    [
        ((Run(0), Run(0), Run(0)), "exit code 1 for an image with an old busybox", "exit code 0", "CVE-2022-48174"),
        ((Run(1), Run(1), Run(1)), "exit code 0 for an image", "(2 of 3 images went wrong)", "finds nothing in it"),
        (
            (Run(1), Run(0), Run(1)),
            "that nobody has fixed",
            "exit code 1",
            "CVE-2023-45853 in its zlib1g has no fix",
        ),
        ((Run(2), Run(0), Run(0)), "exit code 1", "that they are used wrongly", ""),
        ((Run(1), Run(124), Run(0)), "exit code 0", "that time was up", ""),
        ((Run(1), Run(126), Run(0)), "exit code 0", "cannot be run", ""),
        ((Run(127, said="x: command not found\n"),) * 3, "exit code 1", "command not found", ""),
        ((Run(1), Run(137), Run(0)), "exit code 0", "a signal ended it: SIGKILL", ""),
        ((Run(1), Run(255), Run(0)), "exit code 0", "a signal ended it: 127", ""),
        ((Run(killed="time"), Run(0), Run(0)), "exit code 1", "still ran after 20 s of a processor, or 60 s", ""),
        (
            (Run(1), Run(killed="late"), Run(0)),
            "exit code 0",
            "not tried, because 2 others took too long",
            "",
        ),
        ((Run(1), Run(killed="processes"), Run(0)), "exit code 0", "300 processes", ""),
        ((Run(1), Run(0), Run(killed="memory")), "exit code 0", "1 GiB", ""),
        ((Run(1), Run(0), Run(1, said="Total: 1\n│ zlib │\n└──┘\n")), "exit code 0", "Total: 1", ""),
        ((NotRun("mode"),) * 3, "a script that can be run", "not executable", ""),
        ((NotRun("absent"),) * 3, "a script that can be run", "no such file", ""),
        ((NotRun("folder"),) * 3, "a script that can be run", "is a folder", ""),
    ],
)
def test_what_went_wrong_is_told_with_what_decides(
    runs: tuple[Run | NotRun, ...], expected: str, observed: str, message: str
) -> None:
    finding = said(*runs)
    assert finding.outcome == "fail"
    assert expected in finding.expected
    assert observed in finding.observed
    assert message in finding.message
    assert finding.where
    assert finding.where.path == PATH


def test_what_could_not_be_tried_decides_nothing_and_a_wrong_run_does() -> None:
    untold = Unavailable("the node is slow")
    assert said(Run(1), untold, Run(0)).outcome == "unknown"
    assert said(untold, untold, untold).outcome == "unknown"
    assert said(Run(1), untold, Run(1)).outcome == "fail"


def test_an_author_who_is_wrong_about_an_image_costs_the_learner_nothing() -> None:
    assert said(Run(0), Run(0), Run(0), found=((UNFIXED,), (), (UNFIXED,))).outcome == "unknown"
    claim = PARAMS.scan(PARAMS.stopped[0], 1)
    none = ScanReport("image.tar", "sha256:1", (), frozenset({UNFIXED}))
    assert "says that some such findings are in" in claim.contradicted(none)
    some = ScanReport("image.tar", "sha256:1", (), frozenset({FIXED}))
    assert claim.contradicted(some) == ""
    assert "Trivy finds CVE-2022-48174 (busybox)" in PARAMS.scan(PARAMS.passes[0], 0).contradicted(some)
    assert ScanNeed(image="a").contradicted(some) == ""


def test_one_image_under_one_name_is_tried_once_for_all_checks() -> None:
    other = CHECK_TYPES["image-gate"].params.model_validate(ASKED | {"passes": [{"reason": "without anything"}]})
    assert PARAMS.run(PARAMS.passes[0]) == other.run(other.passes[0])  # type: ignore[attr-defined]
    assert PARAMS.run(PARAMS.passes[0]) != PARAMS.run(PARAMS.passes[1])


@pytest.mark.parametrize(
    "change",
    [
        {"findings": {}},
        {"stopped": []},
        {"passes": []},
        {"passes": [{}] * 13},
        {"path": "scan.sh"},
        {"passes": [{"name": "lab/app:1"}]},
        {"passes": [{"archive": "/opt/x.tar"}]},
        {"passes": [{"called": "../x.tar"}]},
        {"passes": [{"called": "/opt/../x.tar"}]},
        {"passes": [{"called": "opt/x.tar"}]},
        {"passes": [{"called": " .tar"}]},
        {"passes": [{"packages": {"a": "1"}}]},
    ],
)
def test_what_asserts_nothing_or_leaves_its_place_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CHECK_TYPES["image-gate"].params.model_validate(ASKED | change)


@pytest.mark.parametrize("called", ["nightly build.tar", "/opt/lab/images/${app}.tar"])
def test_an_archive_may_have_a_blank_in_its_name_or_lie_where_the_learner_has_one(called: str) -> None:
    params: Any = CHECK_TYPES["image-gate"].params.model_validate(ASKED | {"passes": [{"called": called}]})
    assert params.run(params.passes[0]).probe.called == called


def test_files_alone_leave_it_out(tmp_path: Any) -> None:
    (tmp_path / "etc").mkdir()
    need = GateNeed(PATH, Probe("{}", "image.tar"))
    fact = collect_from_files(open_handed_in(tmp_path, [PATH]))(frozenset({need}))[need]
    assert isinstance(fact, Unavailable)
    assert fact.not_applicable


def test_the_scenario_s_images_are_scanned_when_its_lab_is_made() -> None:
    from ckslab.lab import initial_scans

    needs = initial_scans.compared(load_scenario("trivy-report-json", scenario_roots()))
    assert any(need.archive for need in needs)
    claims = [need.claim[1] for need in needs if need.made and need.claim]
    assert (claims.count(True), claims.count(False)) == (5, 6)
    assert len({need.key for need in needs}) == len(needs)


# what a node tells ------------------------------------------------------------------------------------------


def line(number: int, how: str, printed: str = "") -> str:
    return f"{number} {how} {base64.b64encode(printed.encode()).decode()}\n"


def told(answer: str, code: int = 0) -> Any:
    done = SimpleNamespace(returncode=code, stdout=answer.encode(), stderr=b"why")
    calls = SimpleNamespace(run=lambda _argv, **_: done)
    return run_script(calls, PATH, "/tmp/build-1", [("image.tar", b"a"), ("clean.tar", b"b")])


def test_runs_are_read_in_their_order_with_what_was_printed() -> None:
    assert told(line(0, "1", "a\n0\n") + line(1, "0")) == [Run(1, said="a\n0\n"), Run(0, said="")]
    assert told(line(0, "time") + "1 late\n") == [Run(killed="time"), Run(killed="late")]
    assert told(line(0, "0") + "1 room\n") == [Run(), Run(killed="room")]
    assert told("absent\n") == "absent"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "0 late\n",
        line(0, "1"),
        line(0, "1") * 2,
        line(0, "1") + line(1, "0") + line(2, "0"),
        line(0, "1") + "1 0 !!!!\n",
        line(0, "1") + "1 0 AAAAA\n",
        line(0, "1") + line(1, "1000"),
        line(0, "1") + line(1, "unbegun"),
        line(0, "1") + "1 1\n",
        line(0, "1") + line(1, "0 "),
        line(0, "1") + line(1, "0", "x" * 9000),
    ],
)
def test_an_answer_that_makes_no_sense_is_no_run(answer: str) -> None:
    with pytest.raises(LabError):
        told(answer)


def test_a_node_that_cannot_do_it_is_told_in_its_words() -> None:
    with pytest.raises(LabError, match="cannot be tried on this node: why"):
        told("", code=90)
