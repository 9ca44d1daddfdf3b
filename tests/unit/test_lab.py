"""What the commands do with a lab: hints, the solution, a rescue, the watched files, and a changed scenario."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ckslab.cli import main
from ckslab.cluster.local.backend import LocalBackend
from ckslab.errors import LabError, UsageError
from ckslab.evidence import Evidence, failed, passed
from ckslab.grading.report import Report, report
from ckslab.grading.result import CheckResult, ScenarioResult
from ckslab.lab import (
    Wanted,
    find_lab,
    fingerprint,
    grade_lab,
    lab_status,
    next_hint,
    read_file,
    reset_lab,
    show_solution,
    start_lab,
    stop_lab,
    try_answer,
    write_file,
)
from ckslab.lab.backends import Choice
from ckslab.lab.guidance.rescue import rescue_lab, restore_lab
from ckslab.lab.learning.history import history
from ckslab.lab.model import Lab, RunningLab
from ckslab.lab.services import read_services
from ckslab.needs.api_server import ApiServerFact, ApiServerNeed
from ckslab.progress import Silent
from ckslab.scenario.actions import Step
from ckslab.store.attempt import Attempt, CheckScore, Grade
from ckslab.store.home import home
from ckslab.store.worked import add_worked
from tests.support.checks_evidence import CONFIG, CONFIG_PATH, MANIFEST, MANIFEST_PATH, node
from tests.support.lab_on_disk import SCENARIO, Files, lab_on_disk, run_on

FAILED, WAITING, PASSED = CheckScore("fail", 0), CheckScore("fail", 0, waiting=True), CheckScore("pass", 15)

UNMOUNTED = MANIFEST.replace("    - mountPath: /etc/kubernetes/admission\n      name: admission\n", "").replace(
    "  - hostPath:\n      path: /etc/kubernetes/admission\n      type: Directory\n    name: admission\n", ""
)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("h")
    home.chmod(0o700)
    monkeypatch.setenv("CKSLAB_HOME", str(home))
    monkeypatch.setattr("ckslab.store.labs.MAX_FOLDER_BYTES", 4000)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return lab_on_disk(tmp_path, {MANIFEST_PATH: MANIFEST})


def graded(lab: Lab, **checks: CheckScore) -> None:
    lab.keep(lab.attempt.graded(Grade("2026-01-01T00:10:00Z", 0, 100, 0, checks)))


def hints_added(lab: Lab, *checks: str) -> None:
    """Give checks of its scenario two hints each."""
    path = lab.record.folder / "scenario.yaml"
    text = path.read_text()
    for check in checks:
        text = text.replace(f"  - id: {check}\n", f"  - id: {check}\n    hints: [Look., Look again.]\n")
    path.write_text(text)


def test_before_a_grade_the_hint_is_on_the_first_check_and_the_last_is_given_again(lab: Lab) -> None:
    given = [next_hint(lab, None) for _ in range(3)]
    assert [(hint.check, hint.number, hint.total) for hint in given] == [
        ("plugin", 1, 2),
        ("plugin", 2, 2),
        ("plugin", 2, 2),
    ]
    assert "Which flag" in given[0].text
    assert lab.attempt.hints == {"plugin": 2}


def test_the_hint_is_on_the_first_check_that_failed_in_the_last_grade(lab: Lab) -> None:
    hints_added(lab, "readable", "settings", "enforced")
    graded(lab, plugin=FAILED)
    graded(lab, plugin=PASSED, enforced=WAITING, settings=FAILED, readable=FAILED)
    assert [next_hint(lab, None).check for _ in range(5)] == ["readable"] * 2 + ["settings"] * 2 + ["readable"]
    assert next_hint(lab, "plugin").check == "plugin"


def test_where_nothing_failed_there_is_no_hint_unless_a_check_is_named(lab: Lab) -> None:
    graded(lab, plugin=PASSED, readable=CheckScore("unknown", 0))
    with pytest.raises(UsageError, match="no check failed in the last grade"):
        next_hint(lab, None)
    assert lab.attempt.hints_used == 0
    assert next_hint(lab, "plugin").number == 1


def test_a_grade_of_0_1_0_that_kept_no_checks_is_as_none(lab: Lab) -> None:
    graded(lab)
    assert next_hint(lab, None).check == "plugin"


def test_unknown_checks_and_checks_without_hints_are_refused(lab: Lab) -> None:
    with pytest.raises(UsageError, match=r"no check 'plugins'.*plugin"):
        next_hint(lab, "plugins")
    with pytest.raises(UsageError, match="no hint on trust"):
        next_hint(lab, "trust")


def test_the_solution_is_shown_as_changes_of_the_initial_files_and_the_attempt_says_so(tmp_path: Path) -> None:
    flag = "    - --admission-control-config-file=/etc/kubernetes/admission/admission_config.yaml\n"
    initial = {MANIFEST_PATH: UNMOUNTED.replace(",ImagePolicyWebhook", "").replace(flag, "")}
    setup = SCENARIO / "setup" / "node"
    for path in setup.rglob("*"):
        if path.is_file():
            initial[f"/{path.relative_to(setup)}"] = path.read_text()
    lab = lab_on_disk(tmp_path, initial)
    text = show_solution(lab)
    assert text.startswith(f"# Solution of {lab.scenario.title}")
    assert f"Edit `{MANIFEST_PATH}`:" in text
    assert "+    - --admission-control-config-file=" in text
    assert lab.attempt.solution_shown


def test_rescue_shows_the_log_line_the_file_and_the_line(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    line = (
        'E1123 16:00:00.000000       1 run.go:72] "command failed" err="failed to apply admission: failed to read '
        f'plugin config: unable to read admission control configuration from \\"{CONFIG_PATH}\\" '
        f'[open {CONFIG_PATH}: no such file or directory]"'
    )
    down = ApiServerFact("down", log=(line,), log_path="/var/log/pods/x/2.log")
    run_on(monkeypatch, Files({}), node({MANIFEST_PATH: UNMOUNTED}, {ApiServerNeed(): down}))
    found = rescue_lab(find_lab("one").running(), Silent())
    assert (found.file, found.log_path) == (MANIFEST_PATH, "/var/log/pods/x/2.log")
    assert "no such file or directory" in found.log_line
    marked = [shown for shown in found.excerpt.splitlines() if shown.startswith(">")]
    assert marked == [f"> {found.line:4} {UNMOUNTED.splitlines()[found.line - 1]}"]
    assert "no volumeMount covers that path" in found.advice
    assert (lab.attempt.hints_used, lab.attempt.hints) == (1, {})
    rescue_lab(find_lab("one").running(), Silent())  # the same cause again
    assert lab.attempt.hints_used == 1


DOUBLED = (
    'E1123 16:00:00.000000       1 run.go:72] "command failed" err=<',
    "\tfailed to apply admission: failed to read plugin config: strict decoding error: yaml: unmarshal errors:",
    '\t  line 3: key "kind" already set in map',
    " >",
)


def test_rescue_shows_an_error_of_several_lines_as_one(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = {CONFIG_PATH: CONFIG.replace("plugins:", "kind: AdmissionConfiguration\nplugins:")}
    run_on(monkeypatch, Files({}), node(twice, {ApiServerNeed(): ApiServerFact("down", log=DOUBLED)}))
    found = rescue_lab(lab.running(), Silent())
    assert (found.file, found.line) == (CONFIG_PATH, 3)
    assert found.log_line.endswith('line 3: key "kind" already set in map')
    assert "a key stands twice" in found.advice


def test_rescue_tells_that_another_manifest_runs_although_the_server_serves(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"{MANIFEST_PATH}.bak": MANIFEST}
    run_on(monkeypatch, Files({}), node(files, {ApiServerNeed(): ApiServerFact("ready")}))
    found = rescue_lab(lab.running(), Silent())
    assert found.file == f"{MANIFEST_PATH}.bak"
    assert "both hold a pod named kube-apiserver" in found.advice
    assert found.advice.startswith("The API server serves, and yet: ")


def test_rescue_tells_that_the_server_was_not_restarted(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = ApiServerFact("ready", files_at_start={CONFIG_PATH: "another digest"})
    run_on(monkeypatch, Files({}), node({}, {ApiServerNeed(): ready}))
    found = rescue_lab(lab.running(), Silent())
    assert found.file == CONFIG_PATH
    assert "was started before this file was saved" in found.advice
    assert "move its manifest out" in found.advice


def test_rescue_follows_as_many_references_as_grading(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = "- name: Plugin{0}\n  path: settings{0}.yaml\n"
    many = {CONFIG_PATH: CONFIG + "".join(entry.format(number) for number in range(20))}
    line = "F1123 16:00:00.000000       1 config.go:94] Couldn't open admission plugin configuration /etc/settings19.yaml"
    run_on(monkeypatch, Files({}), node(many, {ApiServerNeed(): ApiServerFact("down", log=(line,))}))
    assert rescue_lab(lab.running(), Silent()).log_line.endswith("/etc/settings19.yaml")


def test_rescue_says_so_where_nothing_is_to_be_rescued(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    run_on(monkeypatch, Files({}), node({MANIFEST_PATH: MANIFEST}, {ApiServerNeed(): ApiServerFact("ready")}))
    assert "nothing is to be rescued" in rescue_lab(lab.running(), Silent()).advice
    assert lab.attempt.hints_used == 0


def test_rescue_names_the_log_where_it_cannot_tell(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    down = ApiServerFact("down", log=("something odd",), log_path="/var/log/pods/x/2.log")
    starts = MANIFEST.replace(",ImagePolicyWebhook", "")
    run_on(monkeypatch, Files({}), node({MANIFEST_PATH: starts}, {ApiServerNeed(): down}))
    assert main(["rescue"]) == 0
    out = capsys.readouterr().out
    assert "something odd" in out
    assert "tail -n 50 /var/log/pods/x/2.log" in out


def test_restore_puts_manifests_back_and_takes_others_away(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = "/etc/kubernetes/manifests/mine.yaml"
    files = Files({MANIFEST_PATH: b"broken", other: b"mine", "/root/note": b"kept"})
    run_on(monkeypatch, files)
    assert main(["rescue", "--restore"]) == 0
    assert capsys.readouterr().out == f"restored {MANIFEST_PATH}\nrestored {other}\n"
    assert files.files == {MANIFEST_PATH: MANIFEST.encode(), "/root/note": b"kept"}
    assert files.settled == 1
    assert restore_lab(lab, Silent()) == []
    assert files.settled == 1


def test_a_written_file_changes_what_is_watched(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    run_on(monkeypatch, Files({MANIFEST_PATH: b"one"}))
    running = lab.running()
    before = fingerprint(running)
    assert fingerprint(running) == before
    write_file(running, MANIFEST_PATH, b"two")
    assert read_file(running, MANIFEST_PATH) == b"two"
    assert fingerprint(running) != before


def report_of(lab: Lab) -> Report:
    return report(
        ScenarioResult((), (), Evidence()),
        lab.scenario,
        graded_at="2026-01-01T00:01:00Z",
        duration_ms=5,
        lab=lab.name,
    )


def test_a_scenario_that_was_changed_under_the_lab_is_told_by_its_grade(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_on(monkeypatch, Files({}))
    made = lambda running, *_, **__: (report_of(running.lab), Evidence())  # noqa: E731
    monkeypatch.setattr("ckslab.lab.grade.graded", made)
    lab.save(lab.record.made(lab.scenario.digest, "v1.35.4"))
    assert grade_lab(find_lab("one"), Silent()).notes == ()
    task = lab.record.folder / "task.md"
    task.write_text(f"{task.read_text()}\nMore.\n")
    (remark,) = grade_lab(find_lab("one"), Silent()).notes
    assert "scenario was changed" in remark
    assert "ckslab reset" in remark
    lab.save(replace(lab.record, digest=""))  # as ckslab 0.1.0 made it: nobody knows
    assert grade_lab(find_lab("one"), Silent()).notes == ()


def test_a_lab_whose_scenario_is_gone_names_the_way_out(lab: Lab) -> None:
    shutil.rmtree(lab.record.folder)
    with pytest.raises(LabError, match="the scenario of lab one is gone") as caught:
        _ = find_lab("one").scenario
    assert "ckslab stop one" in caught.value.advice


def test_the_version_of_kubernetes_is_that_of_the_api_servers_image(lab: Lab, tmp_path: Path) -> None:
    assert lab.initial_files.kubernetes_version == "v1.35.4"


def test_a_damaged_attempt_makes_a_lab_broken_and_the_others_are_shown(lab: Lab) -> None:
    (lab.folder / "attempt.json").write_text("{")
    found = lab_status(lab)
    assert (found.state, found.scenario) == ("broken", "")
    assert "ckslab reset one" in found.advice


def test_a_lab_of_a_backend_that_nobody_knows_is_broken_and_can_be_stopped(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.save(replace(lab.record, cluster="moon"))
    found = lab_status(find_lab("one"))
    assert (found.state, found.reason) == ("broken", "there is no backend 'moon'")
    monkeypatch.setattr("ckslab.cluster.kind.engine.answering", lambda: (_ for _ in ()).throw(LabError("none")))
    stop_lab(find_lab("one"), Silent())
    assert not lab.folder.exists()


def test_a_lab_that_another_ckslab_works_on_is_left_alone(lab: Lab) -> None:
    with (
        lab.hold("ckslab reset"),
        pytest.raises(LabError, match=rf"pid {os.getpid()}: ckslab reset"),
        lab.hold("x", 0),
    ):
        pass
    with lab.hold("ckslab grade") as held:
        assert held.record == lab.record
        held.keep(Attempt("now"))
    assert lab.attempt == Attempt("now")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"scenario": "other"}, "of scenario node-lab"),
        ({"seed": 8}, "of seed 7"),
        ({"cluster": "kind"}, "of cluster local"),
        ({"stock": True}, "without --stock"),
    ],
)
def test_a_start_that_asks_for_another_lab_of_that_name_is_refused(
    lab: Lab, asked: dict[str, Any], said: str
) -> None:
    roots = [lab.record.folder.parent]
    if "scenario" in asked:
        shutil.copytree(SCENARIO, roots[0] / "other")
        text = (roots[0] / "other" / "scenario.yaml").read_text()
        (roots[0] / "other" / "scenario.yaml").write_text(text.replace("id: node-lab", "id: other"))
    with pytest.raises(UsageError, match=f"there is a lab one already, {said}") as caught:
        start_lab(Wanted(**{"scenario": "node-lab", "roots": roots, "name": "one"} | asked), Silent())
    assert "ckslab stop one" in caught.value.advice


def test_a_lab_that_runs_goes_on(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ckslab.cluster.local.backend.LocalBackend.state", lambda *_: "running")
    started = start_lab(Wanted("node-lab", [lab.record.folder.parent], name="one", seed=7), Silent())
    assert (started.lab.name, started.resumed, started.why) == ("one", True, "")


def test_a_start_that_fails_leaves_a_lab_that_is_not_ready_and_can_be_stopped(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = []
    monkeypatch.setattr("ckslab.cluster.local.backend.LocalBackend.state", lambda *_: "running")
    monkeypatch.setattr("ckslab.cluster.local.backend.LocalBackend.stop", lambda _, folder: stopped.append(folder))
    monkeypatch.setattr("ckslab.cluster.local.backend.LocalBackend.remove", lambda *_: None)
    monkeypatch.setattr(
        "ckslab.lab.life.start.make", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left"))
    )
    with pytest.raises(LabError, match="cannot make lab one: no space left"):
        reset_lab(lab, Silent())
    assert stopped == [lab.folder]
    assert lab_status(find_lab("one")).reason == "its start was interrupted"
    with pytest.raises(LabError, match="the start of lab one was interrupted"):
        find_lab("one").running()
    stop_lab(find_lab("one"), Silent())
    with pytest.raises(UsageError, match="there is no lab one"):
        find_lab("one")


def test_a_lab_is_left_open_as_an_answer_left_it(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[tuple[str, list[str]]] = []

    def made(_: Lab, __: object, *, steps: Sequence[Step]) -> SimpleNamespace:
        played.append(("before", [step.name for step in steps]))
        return SimpleNamespace(play=lambda steps, _: played.append(("live", [step.name for step in steps])))

    monkeypatch.setattr("ckslab.lab.life.start.make", made)
    monkeypatch.setattr("ckslab.lab.life.try_answer.backends.choose", lambda *_: Choice(LocalBackend(), "why"))
    monkeypatch.setattr(Lab, "initial_files", lab.initial_files)
    roots = [lab.record.folder.parent]
    started = try_answer(Wanted("node-lab", roots, seed=7), "no volume mount", Silent())
    assert (started.lab.name, started.lab.record.ready, started.lab.attempt.hints_used) == ("try", True, 0)
    assert played == [("before", ["server", "settings", "plugin", "flag"]), ("live", [])]
    with pytest.raises(UsageError, match="there is a lab try already"):
        try_answer(Wanted("node-lab", roots, seed=7), "untouched", Silent())
    with pytest.raises(UsageError, match="did you mean 'no volume mount'"):
        try_answer(Wanted("node-lab", roots, name="b"), "no volume mont", Silent())


def graded_report(lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What `ckslab grade` shows of a lab on which nothing is checked."""
    run_on(monkeypatch, Files({}), Evidence())
    monkeypatch.setattr("ckslab.lab.grade.settle_policies", lambda *_: None)
    monkeypatch.setattr("ckslab.lab.grade.preload", lambda: None)
    monkeypatch.setattr(RunningLab, "settle", lambda *_: SimpleNamespace(state="down"))
    monkeypatch.setattr("ckslab.lab.grade.grade", lambda *_, **__: ScenarioResult((), (), Evidence()))
    main(["grade", "one"])
    return capsys.readouterr().out


def test_a_report_is_shown_whatever_the_disk_says(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home() / "history.jsonl").mkdir()
    shown = " ".join(graded_report(lab, monkeypatch, capsys).split())
    assert "The history lacks this grade: " in shown
    assert "history.jsonl: is a directory" in shown
    assert len(lab.attempt.grades) == 1
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr("ckslab.whole_file.os.fsync", lambda *_: (_ for _ in ()).throw(full))
    shown = " ".join(graded_report(lab, monkeypatch, capsys).split())
    assert "This grade was not kept: " in shown
    assert "no space left on device" in shown


def test_a_live_grade_is_a_line_of_the_history_with_what_each_check_gave(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab.keep(Attempt("2026-01-01T00:00:00Z").hinted("plugin").rescued("a mount is missing"))
    add_worked(lab.folder, 90)
    graded_report(lab, monkeypatch, capsys)
    checks = {
        "plugin": CheckResult(lab.scenario.checks[0], "pass", lab.scenario.checks[0].points, passed()),
        "settings": CheckResult(lab.scenario.checks[1], "fail", 0, failed("x", "y")),
        "enforced": CheckResult(lab.scenario.checks[2], "fail", 0, failed("x", "y"), roots=("settings",)),
    }
    result = ScenarioResult(tuple(checks.values()), (), Evidence())
    monkeypatch.setattr("ckslab.lab.grade.grade", lambda *_, **__: result)
    main(["grade", "one"])
    latest, first = history().entries
    assert latest.attempt == first.attempt
    given = [(one.outcome, one.earned, one.waiting) for one in latest.checks.values()]
    assert given == [("pass", lab.scenario.checks[0].points, False), ("fail", 0, False), ("fail", 0, True)]
    assert (latest.hints, latest.hints_used, latest.causes) == ({"plugin": 1}, 2, 1)
    assert (latest.seed, latest.cluster, latest.exam) == (7, "local", None)
    assert latest.digest == lab.scenario.digest
    assert latest.seconds == 90
    lab.keep(Attempt("2026-01-02T00:00:00Z"))  # as after a reset
    main(["grade", "one"])
    assert len({one.attempt for one in history().entries}) == 2


def test_grading_the_files_of_a_lab_alone_is_not_in_the_history(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    graded_report(lab, monkeypatch, capsys)
    grade_lab(lab, Silent(), files_only=True)
    assert len(history().entries) == 1


def test_where_the_attempt_is_damaged_nobody_knows_of_hints_and_nothing_counts_as_unaided(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (lab.folder / "attempt.json").write_text("{")
    graded_report(lab, monkeypatch, capsys)
    [one] = history().entries
    assert (one.hints_used, one.started_at, one.unaided) == (None, None, False)
    (lab.folder / "attempt.json").write_text(
        '{"started_at": "yesterday", "grades": [], "hints": {}, "solution_shown": false}'
    )
    assert "The history lacks this grade: it cannot be written down" in " ".join(
        graded_report(lab, monkeypatch, capsys).split()
    )


def test_a_damaged_attempt_is_told_by_the_grade_and_left_as_it_is(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (lab.folder / "attempt.json").write_text("{")
    shown = " ".join(graded_report(lab, monkeypatch, capsys).split())
    assert "Hints and start of this attempt are unknown" in shown
    assert (lab.folder / "attempt.json").read_text() == "{"


def test_damaged_files_of_a_lab_are_named_with_the_way_out(lab: Lab) -> None:
    (lab.folder / "services.json").write_text("[1]")
    with pytest.raises(LabError, match=r"services\.json: not the services of a lab") as caught:
        read_services(lab.folder)
    assert "ckslab reset one" in caught.value.advice
    (lab.folder / "initial.tar").write_bytes(b"no tar")
    with pytest.raises(LabError, match=r"initial\.tar: not the initial files of a lab"):
        _ = lab.initial_files
