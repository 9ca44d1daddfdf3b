"""Every shipped scenario: it loads, proves itself on paper, and what files alone decide comes out as it says."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ckslab.checks import CHECK_TYPES
from ckslab.cluster import binaries
from ckslab.grading.grade import NO_NONCE
from ckslab.grading.report import CheckReport
from ckslab.lab.catalogue import kinds
from ckslab.lab.grade_files import grade_handed_in
from ckslab.scenario.actions.on_cluster import Run
from ckslab.scenario.answers.model import SOLUTION
from ckslab.scenario.rules.lint import lint
from tests.support.answers_on_files import (
    NONCE,
    SCENARIOS,
    about_files,
    answers,
    applied,
    draws,
    every_answer,
    faults_of,
    left_by,
    scenario,
    untouched,
)

every_scenario = pytest.mark.parametrize("name", SCENARIOS)


def test_all_six_are_shipped() -> None:
    six = {"ipw-classic", "ipw-complete", "ipw-from-docs", "ipw-debug-down", "ipw-debug-open", "ipw-tls"}
    assert six <= set(SCENARIOS)


@every_scenario
def test_it_loads_and_its_points_add_up(name: str) -> None:
    assert scenario(name).max_points == 100


@every_scenario
def test_lint_finds_nothing(name: str) -> None:
    known = scenario(name)
    assert [str(problem) for problem in lint(known, answers(name), kinds())] == []


@every_scenario
def test_every_check_has_two_to_four_hints_and_a_title_that_is_a_statement(name: str) -> None:
    for check in scenario(name).checks:
        assert 2 <= len(check.hints) <= 4, check.id
        assert check.title[0].isupper(), check.id
        assert not check.title.endswith((".", "?", "!")), check.id


@every_scenario
def test_hints_and_task_read_the_same_in_every_lab(name: str) -> None:
    """A placeholder that nobody fills would be shown to the learner."""
    known = scenario(name)
    texts = [known.task, *(hint for check in known.checks for hint in check.hints)]
    assert not [text for text in texts if "${" in text]


@every_scenario
def test_what_is_to_be_taken_away_gives_nothing_of_the_answer_away(name: str) -> None:
    """It can be read before the work: no flag, no setting, and no line that a solution or a hint has as code."""
    known = scenario(name)
    assert not re.search(r"--\w|defaultAllow|TTL|retryBackoff|apiVersion|securityContext:", known.after)
    code = {text for check in known.checks for hint in check.hints for text in re.findall(r"`([^`]+)`", hint)}
    assert not code & set(re.findall(r"`([^`]+)`", known.after))
    assert 1 <= known.after.count("](https://kubernetes.io/") <= 3


WRITTEN = [
    (name, check.params.path)  # type: ignore[attr-defined]
    for name in SCENARIOS
    for check in scenario(name).checks
    if check.type == "answer-file"
]


@pytest.mark.parametrize(("name", "path"), WRITTEN)
def test_the_task_names_every_file_that_the_learner_is_to_write(name: str, path: str) -> None:
    assert path in scenario(name).task


@every_scenario
def test_the_task_gives_no_flag_and_no_setting_away(name: str) -> None:
    words = r"--enable|--admission|volumeMount|hostPath|defaultAllow|TTL|retryBackoff|kubeConfigFile|-context"
    assert not re.search(words, scenario(name).task)


@pytest.mark.parametrize("name", list(filter(about_files, SCENARIOS)))
def test_an_untouched_lab_earns_nothing_from_its_files(name: str) -> None:
    for drawn in draws(name):
        new = untouched(name, drawn)
        assert new.decided
        assert not [one.check.id for one in new.graded.checks if one.earned and one.check.id in new.decided], drawn


def live(name: str) -> list[str]:
    """The checks that only a cluster can decide."""
    return [check.id for check in scenario(name).checks if CHECK_TYPES[check.type].live(check.params)]


@every_scenario
def test_files_leave_out_exactly_the_checks_that_need_a_cluster(name: str) -> None:
    assert list(untouched(name, draws(name)[0]).graded.not_graded) == live(name)


DECIDED = [
    (name, answer)
    for name, answer in every_answer()
    if about_files(name) and any(left_by(name, answer, drawn).decided for drawn in applied(name, answer))
]
"""The answers of which files alone decide a check at least."""


def test_files_decide_a_check_in_every_answer_about_files_that_no_command_makes() -> None:
    """Not of ipw-debug-down: what its files decide is a line that commands copy from a log."""
    topic, left_out = "image-policy-webhook", "ipw-debug-down"
    everyone = {one for one in every_answer() if scenario(one[0]).topic == topic and one[0] != left_out}
    undecided = everyone - set(DECIDED)
    by_commands = {
        (name, answer)
        for name, answer in undecided
        if any(isinstance(step.action, Run) for step in answers(name).answer(answer).own_steps())
    }
    # What a command makes of files is known where it is run, and a label's value to the kubelet.
    by_kubelet = {("ipw-complete", "a plugin by the name of a label, which only the kubelet fills in")}
    assert undecided - by_commands == by_kubelet
    assert len(by_commands) <= 0.1 * len(everyone)


@pytest.mark.parametrize(("name", "answer"), DECIDED)
def test_the_files_of_an_answer_fail_what_it_says(name: str, answer: str) -> None:
    """All of it, unless its files are those of the solution: then only what runs is wrong, and no file tells."""
    for drawn in applied(name, answer):
        left = left_by(name, answer, drawn)
        failing = answers(name).answer(answer).failing(faults_of(name, drawn))
        solved = left_by(name, SOLUTION, drawn)
        only_what_runs = left.same_as(solved)  # as far as the solution's own files are certain
        wrong = {one.check.id for one in left.graded.checks if one.outcome != "pass"}
        decided = left.decided & solved.decided if only_what_runs else left.decided
        assert wrong & decided == (set() if only_what_runs else failing & decided), drawn


def _waits_for_the_lab(check: CheckReport) -> bool:
    """Whether it is undecided, itself or after another, for what only its lab can tell."""
    return check.outcome == "unknown" and ("ckslab hand-in" in check.observed or bool(check.after))


RIGHT = [(name, answer) for name, answer in every_answer() if answers(name).answer(answer).kind != "wrong"]


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_right_files_that_are_handed_in_lose_no_point(
    name: str, answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is known of the lab that they come from, and policies are tried by the tests that have gator."""
    monkeypatch.setattr(binaries, "locate", lambda names: {one: binaries.Missing(one, "", "") for one in names})
    for number, drawn in enumerate(applied(name, answer)):
        left = left_by(name, answer, drawn)
        report = grade_handed_in(left.lay(tmp_path / str(number)), name, [SCENARIOS[name].parent])
        told = [check for check in report.checks if left.certain(check.id)]
        assert all(one.outcome == "pass" or _waits_for_the_lab(one) for one in told), drawn
        assert set(live(name)) <= set(report.not_graded)


def test_an_answer_that_only_its_lab_could_judge_is_not_judged_without_it(tmp_path: Path) -> None:
    classic, down = left_by("ipw-classic", SOLUTION, ()), left_by("ipw-debug-down", SOLUTION, ("ttl",))
    denied = (
        f'pods "probe-{NONCE}" is forbidden: Post "https://external-service:1234/check-image?timeout=30s": dial tcp'
    )
    folder = replace(classic, files={**classic.files, "/root/answer/denied.txt": denied.encode()}).lay(
        tmp_path / "1"
    )
    report = grade_handed_in(folder, "ipw-classic", [SCENARIOS["ipw-classic"].parent])
    assert [(one.outcome, one.observed) for one in report.checks if one.id == "denied"] == [("unknown", NO_NONCE)]
    report = grade_handed_in(down.lay(tmp_path / "2"), "ipw-debug-down", [SCENARIOS["ipw-debug-down"].parent])
    assert [one.observed for one in report.checks if one.id == "cause"] == ["there is no such file"]
    given = {**down.files, "/opt/lab/ipw/cause.txt": b"E1123 16:30:42.366000 1 run.go:72] valid value is between"}
    folder = replace(down, files=given).lay(tmp_path / "3")
    report = grade_handed_in(folder, "ipw-debug-down", [SCENARIOS["ipw-debug-down"].parent])
    assert [one.outcome for one in report.checks if one.id == "cause"] == ["unknown"]


FAULTS = [(name, drawn[0]) for name in SCENARIOS for drawn in draws(name) if len(drawn) == 1]


@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_the_example_of_a_fault_is_a_line_of_its_own(name: str, fault: str) -> None:
    """It names its own fault and no other, or a wrong cause would be taken for a right one."""
    faults = scenario(name).faults
    assert faults is not None
    example = next(one.example for one in faults.choices if one.id == fault)
    assert "\n" not in example
    named = {one.id for one in faults.choices for pattern in one.signatures if re.search(pattern, example)}
    assert named == {fault}
