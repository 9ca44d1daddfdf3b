"""What nodes were seen to do, and what whoever reads a page has done in between: the stage of the pages' commands.

Recorded on the embedded node with Kubernetes 1.35.4; the files are those that the scenario's own answers leave.
"""

from __future__ import annotations

import re
import shlex
import tarfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ckslab import lab as use_cases
from ckslab.checks import CHECK_TYPES
from ckslab.cli import main
from ckslab.evidence import Evidence, Fact, Need, passed
from ckslab.grading.grade import grade
from ckslab.grading.report import Report, report
from ckslab.grading.result import CheckResult, ScenarioResult
from ckslab.lab.catalogue import load_folder
from ckslab.lab.guidance.rescue import rescue_lab
from ckslab.lab.life.start import Started
from ckslab.lab.model import Lab, RunningLab
from ckslab.lab.results import AnswerResult, Rescue
from ckslab.lab.review.gather import gather
from ckslab.lab.verify.jobs import Job
from ckslab.needs.api_server import ApiServerFact, ApiServerNeed
from ckslab.progress import Silent
from ckslab.scenario.answers.load import load_answers
from ckslab.store.attempt import Attempt
from ckslab.store.history.entry import CheckEntry, Entry
from ckslab.store.history.record import record
from ckslab.store.labs import lab_names
from ckslab.store.review import keep_review
from tests.support.answers_on_files import scenario
from tests.support.lab_of_answer import LabOfFolder, lab_of, left_by
from tests.support.reviews import LabnodeNode

NAME = "ipw-complete"
CONFIG = "/etc/kubernetes/admission/admission_config.yaml"
STARTED, GRADED = "2026-11-23T16:53:38Z", "2026-11-23T16:55:23Z"

LOG = (
    'E1123 16:54:52.101212       1 run.go:72] "command failed" err="failed to apply admission: failed to read plugin '
    "config: unable to read admission control configuration from "
    f'\\"{CONFIG}\\" [open {CONFIG}: no such file or directory]"'
)
DOWN = ApiServerFact(
    "down",
    log=(LOG,),
    log_path="/var/log/pods/kube-system_kube-apiserver-controlplane_1/kube-apiserver/0.log",
    down_since="2026-11-23T16:54:52Z",
)
"""The API server where a flag names a file that no volumeMount shows it."""

VERIFY = {
    'author verify always-pull-all --only "plugin list replaced"': "noted should fail and passes",
    'author verify always-pull-all --only "ticket forgotten"': "the learner is not told 'the ticket was forgotten'",
    'author verify gk-one-registry --only "warned only"': "template should fail and passes",
}
"""What author verify said of answers that hold something else than their scenario says."""


@dataclass
class Stage:
    """A home and a folder to work in. blocks: the page's own YAML and Markdown, which its reader has written."""

    folder: Path
    patch: pytest.MonkeyPatch
    blocks: list[str] = field(default_factory=list)

    def stands_in(self, name: str, answer: Callable[..., Any]) -> None:
        """Let a use case be played by `answer`."""
        self.patch.setattr(use_cases, name, answer)

    def block(self, start: str) -> str:
        """The page's block that begins so."""
        return next(block for block in self.blocks if block.lstrip().startswith(start))

    def change(self, file: str, old: str, new: str) -> None:
        """Edit a file as the page says."""
        path = self.folder / file
        text = path.read_text()
        assert text.count(old) == 1, (file, old)
        path.write_text(text.replace(old, new))


def prepare(stage: Stage, page: str, command: str, before: int) -> None:
    """What has happened when a page's command is given for the `before`-th time (from 0)."""
    call = re.sub(r"^ckslab (--scenarios \S+ )?", "", command)
    for pattern, act in ACTS.items():
        if re.fullmatch(pattern, f"{page}: {call}"):
            act(stage, call, before)


def _start(stage: Stage, *_: object) -> None:
    why = "no kind cluster here: no container engine is installed"
    stage.stands_in("start_lab", lambda *_: Started(_a_lab(stage, "no volume mount"), False, why))


def _edit(stage: Stage, *_: object) -> None:
    stage.patch.setenv("EDITOR", "sed -i s/a/b/")
    stage.patch.setattr(Lab, "running", lambda _: None)
    stage.stands_in("read_file", lambda *_: b"a: 1\n")
    stage.stands_in("write_file", lambda *_: None)


def _grade(stage: Stage, _: str, before: int) -> None:
    """At first the mount is missing, then nothing is."""
    if NAME not in lab_names():
        _a_lab(stage, "no volume mount")
    stage.stands_in("grade_lab", lambda *_: _all_passed() if before else _no_mount())


def _report(stage: Stage, *_: object) -> None:
    """The last grade was the one with the missing mount."""
    left, lab = left_by(NAME, "no volume mount", ()), _a_lab(stage, "no volume mount")
    running = RunningLab(lab, cast(Any, LabnodeNode(left.files)), cast(Any, None))
    made = _no_mount()
    keep_review(lab.folder, made, gather(running, made, left.graded.evidence))


def _no_mount() -> Report:
    result = grade(scenario(NAME), CHECK_TYPES, _recorded("no volume mount", {ApiServerNeed(): DOWN}))
    return _reported(result)


def _all_passed() -> Report:
    checks = tuple(CheckResult(check, "pass", check.points, passed()) for check in scenario(NAME).checks)
    return _reported(ScenarioResult(checks, (), Evidence()))


def _reported(result: ScenarioResult) -> Report:
    times = {"started_at": STARTED, "graded_at": GRADED, "duration_ms": 1}
    return report(result, scenario(NAME), lab=NAME, cluster="local", **cast(Any, times))


def _recorded(answer: str, live: Mapping[Need, Fact]) -> Callable[[Collection[Need]], Mapping[Need, Fact]]:
    """Collects what an answer's files say, and what was seen of the cluster."""
    files = left_by(NAME, answer, ())._facts()
    return lambda needs: {need: live[need] if need in live else files[need] for need in needs}


def _rescue(stage: Stage, *_: object) -> None:
    running = SimpleNamespace(
        lab=_a_lab(stage, "no volume mount"),
        settle=lambda _: None,
        collector=lambda _: _recorded("no volume mount", {ApiServerNeed(): DOWN}),
    )
    found: Rescue = rescue_lab(cast(Any, running), Silent())
    stage.patch.setattr(Lab, "running", lambda _: None)
    stage.stands_in("rescue_lab", lambda *_: found)


def _hint(stage: Stage, *_: object) -> None:
    if NAME not in lab_names():
        _a_lab(stage, "no volume mount")


def _hand_in(stage: Stage, *_: object) -> None:
    lab = _a_lab(stage, "solution")
    stage.patch.setattr("ckslab.cli.commands.hand_in.choose", lambda _: lab)


def _by_hand(stage: Stage, *_: object) -> None:
    root = left_by(NAME, "solution", ()).lay(stage.folder.parent / "by-hand")
    with tarfile.open(stage.folder / "by-hand.tar", "w") as tar:
        for name in ("etc/kubernetes/manifests", "etc/kubernetes/admission"):
            tar.add(root / name, name)


def _a_lab(stage: Stage, answer: str) -> LabOfFolder:
    lab = lab_of(left_by(NAME, answer, ()), 0, stage.folder.parent / f"node of {answer}")
    lab.keep(Attempt(STARTED))
    return lab


def _lint(stage: Stage, call: str, before: int) -> None:
    """The mistakes that the page speaks of, one after the other."""
    folder = f"scenarios/{call.split()[-1]}"
    if call.endswith("always-pull-all") and before == 1:
        stage.change(f"{folder}/scenario.yaml", "points: 40", "point: 40")
    if call.endswith("always-pull-all") and before == 2:
        stage.change(f"{folder}/scenario.yaml", "point: 40", "points: 40")
        answers = stage.folder / folder / "answers.yaml"
        (stage.folder.parent / "answers.yaml").write_text(answers.read_text())
        stage.change(f"{folder}/answers.yaml", *_entry(answers.read_text(), "ticket forgotten"))
    if call.endswith("gk-one-registry") and before == 0:
        for file, start in (
            ("scenario.yaml", "id: gk-"),
            ("task.md", "# Images"),
            ("answers.yaml", "solution:\n  - temp"),
        ):
            (stage.folder / folder / file).write_text(stage.block(start))
    if call.endswith("gk-one-registry") and before == 1:
        stage.change(f"{folder}/answers.yaml", "fails: [template]", "fails: [template, enforced]")


def _entry(text: str, name: str) -> tuple[str, str]:
    """A wrong answer's lines, and nothing in their place."""
    found = re.search(rf"^  {name}:\n(?:    .*\n|\n)*", text, re.MULTILINE)
    assert found
    return found[0], ""


def _verify(stage: Stage, call: str, _: int) -> None:
    def played(jobs: list[Job], **_: object) -> list[AnswerResult]:
        detail = VERIFY.get(call, "")
        outcome: Any = "fail" if detail else "pass"
        return [AnswerResult(job.scenario.id, job.label, "local", outcome, detail, 1.0) for job in jobs]

    if call.endswith("always-pull-all"):
        kept = stage.folder.parent / "answers.yaml"
        (stage.folder / "scenarios/always-pull-all/answers.yaml").write_text(kept.read_text())
    stage.stands_in("run_jobs", played)


def _try(stage: Stage, call: str, _: int) -> None:
    """The scenario is made as the text says; its answer is one of its own."""
    name, answer = shlex.split(call)[2:]
    assert main(["author", "new", name, "--topic", "validating-admission-policy"]) == 0
    assert answer in load_answers(load_folder(stage.folder / "scenarios" / name)).answers
    made = SimpleNamespace(lab=SimpleNamespace(name="try", record=SimpleNamespace(cluster="local")))
    stage.stands_in("try_answer", lambda *_: made)


def _past(_: Stage, __: str, ___: int) -> None:
    """Three gradings of two labs: the first lab of the page, and one on binaries the day before."""
    lost = {"plugin": 15, "settings": 20, "trust": 15, "places": 5}
    won = {**lost, "readable": 15, "enforced": 15, "fail-closed": 15}
    record(
        _graded(NAME, 1, "2026-11-23T16:54:40Z", lost, waiting=("enforced", "fail-closed"), failed=("readable",))
    )
    record(_graded(NAME, 1, GRADED, won, hints=1, seconds=612))
    binaries = {"altered": 30, "nearly": 20, "kept": 20, "listed": 30}
    record(_graded("verify-binaries", 2, "2026-11-22T17:10:00Z", binaries, seconds=205))


def _graded(
    name: str,
    attempt: int,
    at: str,
    earned: Mapping[str, int],
    *,
    waiting: Sequence[str] = (),
    failed: Sequence[str] = (),
    hints: int = 0,
    seconds: int = 95,
) -> Entry:
    checks = {check: CheckEntry(outcome="pass", earned=points) for check, points in earned.items()}
    checks |= {check: CheckEntry(outcome="fail") for check in failed}
    checks |= {check: CheckEntry(outcome="fail", waiting=True) for check in waiting}
    return Entry(
        attempt=f"{attempt:016x}",
        at=at,
        started_at=at,
        scenario=name,
        digest="",
        seed=0,
        cluster="local",
        ckslab_version="0.2.0",
        score=sum(earned.values()),
        max=100,
        checks=checks,
        hints={"readable": hints} if hints else {},
        hints_used=hints,
        seconds=seconds,
    )


ACTS: Mapping[str, Callable[[Stage, str, int], None]] = {
    r"learner\.md: start .*": _start,
    r"learner\.md: edit .*": _edit,
    r"learner\.md: grade": _grade,
    r"learner\.md: hint .*": _hint,
    r"learner\.md: rescue": _rescue,
    r"learner\.md: report.*": _report,
    r"learner\.md: hand-in": _hand_in,
    r"learner\.md: history": _past,
    r"learner\.md: grade --files by-hand\.tar .*": _by_hand,
    r"author\.md: author lint .*": _lint,
    r"author\.md: author verify .*": _verify,
    r"author\.md: author try .*": _try,
}
"""By page and call."""
