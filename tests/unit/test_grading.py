"""Grading: collected once, judged purely, every failure of the machinery undecided rather than lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ckslab.errors import LabError
from ckslab.evidence import (
    CheckType,
    Evidence,
    Fact,
    FileFact,
    Finding,
    Need,
    Params,
    Unavailable,
    Where,
    failed,
    passed,
    undecided,
)
from ckslab.grading.grade import grade
from ckslab.grading.report import exit_code, report
from ckslab.grading.result import ScenarioResult
from ckslab.grading.rounds import MAX_ROUNDS, collect_until
from ckslab.needs.command import CommandNeed
from ckslab.needs.files import FileNeed
from ckslab.scenario.model import Check, Scenario, Setup


class Judge(Params):
    """How the check is judged, and what it needs."""

    judge: Callable[[Evidence], Finding]
    needed: tuple[Any, ...] = ()


class Scripted(CheckType[Judge]):
    """A check type whose judgement the test writes."""

    name = "scripted"
    params = Judge

    def needs(self, params: Judge) -> tuple[Need, ...]:
        return params.needed

    def judge(self, params: Judge, evidence: Evidence) -> Finding:
        return params.judge(evidence)


TYPES: Mapping[str, CheckType[Judge]] = {"scripted": Scripted()}
A, B = FileNeed("/a"), FileNeed("/b")


def check(
    id_: str,
    finding: Finding | Callable[[Evidence], Finding],
    *needed: Need,
    points: int = 10,
    after: tuple[str, ...] = (),
    guard: bool = False,
    with_: tuple[str, ...] = (),
) -> Check:
    judge = finding if callable(finding) else lambda _: finding
    params = Judge(judge=judge, needed=needed)
    return Check(id_, f"title of {id_}", points, "scripted", params, after, guard, with_)


def scenario(*checks: Check) -> Scenario:
    return Scenario("s", "A scenario", "images", "easy", 10, (), {}, Setup(), checks, None, "", Path("/"))


class Collector:
    """A collector that answers every need and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[frozenset[Need]] = []

    def __call__(self, needs: frozenset[Need]) -> Mapping[Need, Fact]:
        self.asked.append(needs)
        return {need: FileFact(getattr(need, "path", "-"), "file", text="x") for need in needs}


def graded(*checks: Check, files_only: bool = False) -> ScenarioResult:
    return grade(scenario(*checks), TYPES, Collector(), files_only=files_only)


def outcomes(result: ScenarioResult) -> dict[str, tuple[str, int, tuple[str, ...]]]:
    return {one.check.id: (one.outcome, one.earned, one.roots) for one in result.checks}


def reads(need: FileNeed) -> Callable[[Evidence], Finding]:
    return lambda evidence: passed(evidence.of(need).path)


def test_needs_of_all_checks_are_collected_in_one_round() -> None:
    collect = Collector()
    grade(scenario(check("a", reads(A), A), check("b", reads(B), B), check("c", reads(A), A)), TYPES, collect)
    assert collect.asked == [frozenset({A, B})]


def test_a_scenario_whose_checks_need_nothing_never_collects() -> None:
    collect = Collector()
    assert grade(scenario(check("a", passed())), TYPES, collect).passed
    assert collect.asked == []


def test_what_judging_finds_missing_is_collected_side_by_side_and_only_once() -> None:
    collect = Collector()
    result = grade(scenario(check("a", reads(A)), check("b", reads(B)), check("c", reads(A))), TYPES, collect)
    assert collect.asked == [frozenset({A, B})]
    assert result.passed


def chain(length: int) -> Callable[[Evidence], Finding]:
    def judge(evidence: Evidence) -> Finding:
        for n in range(length):
            evidence.of(FileNeed(f"/{n}"))
        return passed()

    return judge


def test_references_are_followed_for_a_bounded_number_of_rounds_and_what_goes_deeper_is_unknown() -> None:
    collect = Collector()
    zero = FileNeed("/0")
    checks = check("long", chain(MAX_ROUNDS), zero), check("longer", chain(MAX_ROUNDS + 1), zero)
    result = grade(scenario(*checks), TYPES, collect)
    assert outcomes(result) == {"long": ("pass", 10, ()), "longer": ("unknown", 0, ())}
    assert len(collect.asked) == MAX_ROUNDS
    assert f"/{MAX_ROUNDS}" in result.checks[1].finding.observed


def test_a_judgement_is_given_what_it_reads_round_by_round() -> None:
    collect = Collector()
    result, evidence = collect_until(chain(3), collect, [B])
    assert result == passed()
    assert [sorted(need.path for need in asked) for asked in collect.asked] == [["/b"], ["/0"], ["/1"], ["/2"]]  # type: ignore[attr-defined]
    assert len(evidence.facts) == 4


def test_a_judgement_that_asks_for_ever_more_ends_with_a_sentence() -> None:
    with pytest.raises(LabError, match=f"not known after {MAX_ROUNDS} rounds of collecting"):
        collect_until(chain(MAX_ROUNDS + 1), Collector(), [B])


def rooted(root: str = "manifest") -> Finding:
    return failed("a plugin", "two manifests", root=root)


def test_what_several_checks_fail_of_is_told_by_the_first_and_the_others_wait_for_it() -> None:
    result = graded(
        check("a", passed()),
        check("b", rooted()),
        check("c", rooted()),
        check("d", rooted("restart")),
        check("e", failed("x", "y")),
        check("f", passed(), after=("c",)),
    )
    assert outcomes(result) == {
        "a": ("pass", 10, ()),
        "b": ("fail", 0, ()),
        "c": ("fail", 0, ("b",)),
        "d": ("fail", 0, ()),
        "e": ("fail", 0, ()),
        "f": ("fail", 0, ("b",)),
    }


def test_the_first_is_one_that_tells_it() -> None:
    """One that waits for another check says nothing of its own, and what is unknown makes no failure unknown."""
    waits = graded(
        check("x", failed("x", "y")), check("a", rooted(), after=("x",)), check("b", rooted()), check("c", rooted())
    )
    assert outcomes(waits) == {
        "x": ("fail", 0, ()),
        "a": ("fail", 0, ("x",)),
        "b": ("fail", 0, ()),
        "c": ("fail", 0, ("b",)),
    }
    open_ = graded(check("x", undecided("?")), check("a", rooted(), after=("x",)), check("b", rooted()))
    assert outcomes(open_) == {"x": ("unknown", 0, ()), "a": ("unknown", 0, ("x",)), "b": ("fail", 0, ())}


def test_a_check_whose_own_mistake_keeps_the_api_server_down_tells_it() -> None:
    here, there = Where("/a.yaml", 3), Where("/a.yaml", 4)
    down = failed("a denial", "the API server is down", here, root="api-server", log="its last words")
    result = graded(
        check("d", down),
        check("x", failed("x", "y", there)),
        check("own", failed("x", "y", here)),
        check("e", down),
    )
    assert outcomes(result) == {
        "d": ("fail", 0, ("own",)),
        "x": ("fail", 0, ()),
        "own": ("fail", 0, ()),
        "e": ("fail", 0, ("own",)),
    }
    assert [one.finding.log for one in result.checks] == ["", "", "its last words", ""]
    nowhere = failed("a denial", "the API server is down", Where("/a.yaml"), root="api-server")
    result = graded(check("own", failed("x", "y", Where("/a.yaml"))), check("d", nowhere), check("e", nowhere))
    assert {name: roots for name, (_, _, roots) in outcomes(result).items()} == {"own": (), "d": (), "e": ("d",)}


def test_what_waits_for_a_check_that_fails_of_a_cause_earns_no_part_of_its_points() -> None:
    """Also where it fails by itself at the place of that cause: neither waits for the other."""
    here = Where("/a.yaml", 3)
    down = failed("ok", "the API server is down", here, root="api-server")
    half = failed("x", "y", here, share=0.5)
    result = graded(
        check("ready", down), check("repaired", half, after=("ready",)), check("d", down, after=("ready",))
    )
    assert outcomes(result) == {
        "ready": ("fail", 0, ()),
        "repaired": ("fail", 0, ("ready",)),
        "d": ("fail", 0, ("ready",)),
    }
    late = graded(
        check("repaired", half, after=("ready",)), check("d", down, after=("ready",)), check("ready", down)
    )
    assert {name: earned for name, (_, earned, _) in outcomes(late).items()} == {"repaired": 0, "d": 0, "ready": 0}


class AtOnce(FileNeed):
    """A need that only a cluster meets."""

    live = True


def test_a_glance_at_the_cluster_is_taken_where_files_alone_are_graded() -> None:
    need = AtOnce("/now")
    one = check("a", lambda evidence: passed(evidence.of(need).path))
    with_it = grade(scenario(one), TYPES, Collector(), files_only=True, glances=[AtOnce])
    assert outcomes(with_it) == {"a": ("pass", 10, ())}
    assert graded(one, files_only=True).not_graded == ("a",)


def test_what_is_not_available_leaves_the_points_undecided() -> None:
    result = grade(
        scenario(check("a", reads(A), A)), TYPES, lambda needs: {n: Unavailable("engine gone") for n in needs}
    )
    assert (result.score, result.max, result.undecided, result.passed) == (0, 10, 10, False)
    assert result.checks[0].finding.observed == "engine gone"


@pytest.mark.parametrize("error", [LabError("the node is gone"), ZeroDivisionError("no")])
def test_a_collector_that_fails_makes_checks_unknown(error: Exception) -> None:
    def collect(needs: frozenset[Need]) -> Mapping[Need, Fact]:
        raise error

    result = grade(scenario(check("a", reads(A), A), check("b", passed())), TYPES, collect)
    assert outcomes(result) == {"a": ("unknown", 0, ()), "b": ("pass", 10, ())}


def test_a_collector_that_leaves_a_need_out_does_not_loop() -> None:
    result = grade(scenario(check("a", reads(A), A)), TYPES, lambda needs: {})
    assert result.checks[0].outcome == "unknown"


def explode(_: Evidence) -> Finding:
    raise KeyError("oops")


def test_a_fault_in_a_check_is_unknown_and_named(caplog: pytest.LogCaptureFixture) -> None:
    result = graded(check("a", explode), check("b", passed()))
    assert outcomes(result) == {"a": ("unknown", 0, ()), "b": ("pass", 10, ())}
    assert "a fault of ckslab in check type scripted (KeyError)" in result.checks[0].finding.observed
    assert "oops" in caplog.text


def test_a_fault_is_raised_for_whoever_debugs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CKSLAB_DEBUG", "1")
    with pytest.raises(KeyError):
        graded(check("a", explode))


def test_a_check_type_that_nobody_knows_is_a_fault_not_a_crash() -> None:
    result = grade(scenario(check("a", passed())), {}, Collector())
    assert result.checks[0].outcome == "unknown"


def test_whoever_waits_earns_nothing_and_names_the_root_cause() -> None:
    result = graded(
        check("c", passed(), after=("b",)), check("b", passed(), after=("a",)), check("a", failed("x", "y"))
    )
    assert outcomes(result) == {"c": ("fail", 0, ("a",)), "b": ("fail", 0, ("a",)), "a": ("fail", 0, ())}
    assert [one.waiting for one in result.checks] == [True, True, False]


def test_an_unknown_predecessor_makes_unknown_and_a_failed_one_outranks_it() -> None:
    result = graded(
        check("u", undecided("?")),
        check("f", failed("x", "y")),
        check("after-u", failed("x", "y"), after=("u",)),
        check("after-both", passed(), after=("u", "f")),
    )
    assert outcomes(result)["after-u"] == ("unknown", 0, ("u",))
    assert outcomes(result)["after-both"] == ("fail", 0, ("f",))


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        (passed(), passed(), ("pass", 10, ())),
        (passed(), failed("x", "y"), ("fail", 0, ("a",))),
        (passed(), undecided("?"), ("unknown", 0, ("a",))),
        (failed("x", "y"), passed(), ("fail", 0, ())),
        (failed("x", "y"), undecided("?"), ("fail", 0, ())),
    ],
)
def test_a_guard_earns_only_with_the_checks_it_goes_with(
    own: Finding, other: Finding, expected: tuple[str, int, tuple[str, ...]]
) -> None:
    result = graded(check("a", other), check("g", own, guard=True, with_=("a",)))
    assert outcomes(result)["g"] == expected


def test_guards_that_name_each_other_end() -> None:
    result = graded(check("g", passed(), guard=True, with_=("h",)), check("h", passed(), guard=True, with_=("g",)))
    assert result.passed


@pytest.mark.parametrize(
    ("points", "share", "earned"),
    [(15, 1 / 3, 5), (100, 0.29, 29), (10, 0.55, 5), (10, 1.0, 9), (10, 7.0, 9), (10, -1.0, 0), (0, 0.5, 0)],
)
def test_partial_credit_is_rounded_down_and_never_full(points: int, share: float, earned: int) -> None:
    result = graded(check("a", failed("x", "y", share=share), points=points))
    assert (result.score, result.passed) == (earned, False)


def test_files_alone_leave_live_checks_out_of_score_and_maximum() -> None:
    collect = Collector()
    live = check("live", passed(), CommandNeed(("true",)))
    result = grade(
        scenario(check("file", reads(A), A), live, check("then", passed(), after=("live",))),
        TYPES,
        collect,
        files_only=True,
    )
    assert (result.not_graded, result.score, result.max) == (("live",), 20, 20)
    assert collect.asked == [frozenset({A})]


def test_a_live_need_in_passing_is_unavailable_without_a_cluster() -> None:
    need = CommandNeed(("true",))
    collect = Collector()

    def judge(evidence: Evidence) -> Finding:
        return passed(evidence.of(need).stdout)

    result = grade(scenario(check("a", judge)), TYPES, collect, files_only=True)
    assert result.checks == ()
    assert result.not_graded == ("a",)
    assert collect.asked == []


def test_nothing_graded_is_not_passed() -> None:
    assert not graded(check("live", passed(), CommandNeed(("true",))), files_only=True).passed


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ((passed(), passed()), 0),
        ((passed(), failed("x", "y")), 1),
        ((undecided("?"), failed("x", "y")), 3),
    ],
)
def test_the_exit_code_tells_full_fewer_and_unknown(findings: tuple[Finding, ...], code: int) -> None:
    checks = [check(f"c{n}", finding) for n, finding in enumerate(findings)]
    made = report(graded(*checks), scenario(*checks), graded_at="2026-01-01T00:00:00Z", duration_ms=1)
    assert exit_code(made) == code
