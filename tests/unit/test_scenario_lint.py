"""Lint names what a scenario does not prove about itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.loading.load import load
from ckslab.scenario.rules.lint import lint
from ckslab.scenario.rules.warnings import warnings
from tests.support.scenario_pack import ANSWERS, KINDS, SCENARIO, pack

PROVEN = (
    ANSWERS
    + """\
  enforced alone:
    kubeconf: {edit: /etc/admission/kubeconf, set: {port: 1}}
    fails: [enforced]
  note alone:
    note: {write: /root/note.txt, content: wrong}
    fails: [note, settings, enforced]
"""
)


TASK = """\
Write to `/root/note.txt`. <!-- checks: note, settings, enforced -->
Apply `/opt/m.yaml`. <!-- nothing to check: nobody looks -->
"""


def found(folder: Path) -> list[str]:
    scenario = load(folder, KINDS)
    problems = lint(scenario, load_answers(scenario), KINDS)
    return [str(one).removeprefix(f"{folder}/") for one in problems]


def test_a_scenario_that_proves_itself_has_no_problems(tmp_path: Path) -> None:
    assert found(pack(tmp_path, {"answers.yaml": PROVEN})) == []


MUTATIONS = [
    ("after.md", "Say why. " * 40, " ", "after.md:1: has 3 words: between 60 and 300"),
    ("after.md", "Say why. " * 40, "Say why. " * 200, "after.md:1: has 403 words"),
    (
        "after.md",
        "https://kubernetes.io/docs/concepts/containers/images/",
        "https://example.com",
        "no link to kubernetes.io",
    ),
    ("after.md", "Say why.", "Say ${nonce}.", "after.md:1: has ${nonce}: it is read without a lab"),
    ("scenario.yaml", "bullet: secure-supply-chain\n", "", "say which bullet it trains"),
    ("scenario.yaml", "    hints: [Read it.]\n", "", "check 'settings' has no hints"),
    (
        "scenario.yaml",
        '        - {image: "a:1", admitted: true}\n',
        "",
        "'enforced' expects a denial and has no control",
    ),
    (
        "task.md",
        "note.txt`",
        "note.txt` and /etc/other.conf",
        "task.md:1: names /etc/other.conf, which no check",
    ),
    (
        "answers.yaml",
        "fails: [note, settings, enforced]\n  settings",
        "fails: [note]\n  settings",
        "also fails what waits or guards: add enforced, settings",
    ),
    (
        "answers.yaml",
        "{write: /root/note.txt, from: setup/note.txt}",
        '{write: /root/note.txt, content: "${nonce} ${fault-log}\\n"}',
        "right answer 'from a file' does the same as 'solution'",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "message"), MUTATIONS)
def test_one_gap_is_named(tmp_path: Path, file: str, old: str, new: str, message: str) -> None:
    folder = pack(tmp_path, {"answers.yaml": PROVEN})
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    assert any(message in one for one in found(folder)), found(folder)


def test_what_an_add_on_lays_down_may_be_named_in_the_task(tmp_path: Path) -> None:
    changed = {"answers.yaml": PROVEN, "task.md": TASK}
    assert len(found(pack(tmp_path, changed))) == 1
    setup = "setup:\n  add-ons: {mirror: {manifest: /opt/m.yaml}}\n"
    assert found(pack(tmp_path, changed | {"scenario.yaml": SCENARIO.replace("setup:\n", setup)})) == []


def test_failing_only_because_it_waits_proves_nothing(tmp_path: Path) -> None:
    text = PROVEN.replace("    fails: [settings]\n", "    fails: [note, settings, enforced]\n").replace(
        "fails: {default: [settings], plugin: [enforced]}", "fails: [note, settings, enforced]"
    )
    problems = found(pack(tmp_path, {"answers.yaml": text}))
    assert any("no wrong answer fails check 'settings' by itself" in one for one in problems)


def test_a_stopped_service_needs_no_control(tmp_path: Path) -> None:
    scenario = SCENARIO.replace('        - {image: "a:1", admitted: true}\n', "").replace(
        "      probes:\n", "      while-stopped: scanner\n      probes:\n"
    )
    assert found(pack(tmp_path, {"scenario.yaml": scenario, "answers.yaml": PROVEN})) == []


def test_every_fault_is_left_by_some_wrong_answer(tmp_path: Path) -> None:
    start, end = PROVEN.index("  only the first"), PROVEN.index("  port left")
    problems = found(pack(tmp_path, {"answers.yaml": PROVEN[:start] + PROVEN[end:]}))
    assert any("no wrong answer leaves fault 'plugin'" in one for one in problems)
    assert not any("fault 'port'" in one for one in problems)


DEMANDS = [
    (
        "Write to `/root/note.txt`. Do more. <!-- checks: note, settings, enforced -->",
        "'Write to `/root/note.txt`.'",
    ),
    ("Write it. <!-- checks: note, settings -->", "no sentence of task.md asks for what check 'enforced' judges"),
    ("Write it. <!-- checks: note, settings, enforcd -->", "names no check: 'enforcd'; did you mean 'enforced'?"),
    ("Write it. <!-- checks: note, settings, enforced -->\n- More. <!-- checks: -->", "of 'More.' names no check"),
    ("Do. <!-- checks: note, settings, enforced --> So. <!-- nothing to check: -->", "does not say why"),
    ("Do. <!-- checks: note, settings, enforced -->\n\n<!-- checks: note -->\n", "task.md:3: a mark stands"),
    (
        "Write to `/root/note.txt`. <!-- checks: settings -->\nDo. <!-- checks: note, enforced -->",
        "'Write to `/root/note.txt`.' names /root/note.txt, which no check of its mark reads: settings",
    ),
]


@pytest.mark.parametrize(("task", "message"), DEMANDS)
def test_a_demand_that_nobody_reads_is_named(tmp_path: Path, task: str, message: str) -> None:
    problems = found(pack(tmp_path, {"answers.yaml": PROVEN, "task.md": task}))
    assert any(message in one for one in problems), problems


def test_a_mark_may_be_about_a_part_of_a_sentence_and_stand_in_a_line_of_its_own(tmp_path: Path) -> None:
    task = """\
# Title. Nobody reads it.

1. Write `a.b. C` to `/root/note.txt` <!-- checks: note -->, e.g. Now, and keep the rest:
   <!-- checks: settings,
   enforced -->
```
Anything. At all.
```
"""
    assert found(pack(tmp_path, {"answers.yaml": PROVEN, "task.md": task})) == []


APPLIED = """\
  an object applied:
    then:
      more:
        apply:
          apiVersion: {version}
          kind: {kind}
          metadata: {{name: x}}
    fails: [note, settings, enforced]
"""


@pytest.mark.parametrize(
    ("version", "kind", "said"),
    [
        ("v1", "Pod", ""),
        ("v1", "pod", "v1 has no kind 'pod'; did you mean 'Pod'?"),
        ("apps/v1", "Deploymnet", "did you mean 'Deployment'?"),
        ("apps/v1beta1", "Deployment", "no API version 'apps/v1beta1'; did you mean 'apps/v1'?"),
        ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", ""),
        ("templates.gatekeeper.sh/v1", "Anything", ""),
        ("example.com/v1", "Anything", ""),
    ],
)
def test_a_kind_that_nobody_serves_is_warned_of(tmp_path: Path, version: str, kind: str, said: str) -> None:
    folder = pack(tmp_path, {"answers.yaml": PROVEN + APPLIED.format(version=version, kind=kind)})
    scenario = load(folder, KINDS)
    found = [one.message for one in warnings(scenario, load_answers(scenario))]
    assert len(found) == (1 if said else 0)
    assert all(said in one and "answer 'an object applied', step 'more'" in one for one in found)
