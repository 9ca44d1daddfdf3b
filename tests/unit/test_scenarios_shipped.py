"""Every shipped scenario: it loads, proves itself on paper, and what files alone decide comes out as it says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from ckslab.certificates import Authority
from ckslab.checks import CHECK_TYPES
from ckslab.evidence import Fact, Need
from ckslab.grading import Graded, grade
from ckslab.lab.catalogue import kinds
from ckslab.lab.plan import plan
from ckslab.needs.lab import FaultFact, LabFact, LabNeed
from ckslab.needs.service import ServiceNeed
from ckslab.scenario.actions import Run, Wait
from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.answers.model import SOLUTION, answer_steps
from ckslab.scenario.faults import Fault, compatible
from ckslab.scenario.find import find_scenarios
from ckslab.scenario.loading.load import load
from ckslab.scenario.model import Check, Scenario
from ckslab.scenario.rules.lint import lint
from ckslab.steps import split
from tests.support.checks_evidence import Node

NONCE = "kv7m3q"
SCENARIOS = find_scenarios([Path(__file__).parents[2] / "scenarios"])
MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"

STOCK = """\
apiVersion: v1
kind: Pod
metadata:
  annotations:
    kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: 172.30.1.2:6443
  labels:
    component: kube-apiserver
    tier: control-plane
  name: kube-apiserver
  namespace: kube-system
spec:
  containers:
  - command:
    - kube-apiserver
    - --advertise-address=172.30.1.2
    - --client-ca-file=/etc/kubernetes/pki/ca.crt
    - --enable-admission-plugins=NodeRestriction
    - --etcd-servers=https://127.0.0.1:2379
    image: registry.k8s.io/kube-apiserver:v1.35.4
    name: kube-apiserver
    volumeMounts:
    - mountPath: /etc/kubernetes/pki
      name: k8s-certs
      readOnly: true
  hostNetwork: true
  terminationGracePeriodSeconds: 2
  volumes:
  - hostPath:
      path: /etc/kubernetes/pki
      type: DirectoryOrCreate
    name: k8s-certs
status: {}
"""
"""A manifest as kubeadm writes it, as far as answers touch it."""

every_scenario = pytest.mark.parametrize("name", SCENARIOS)


class StockNode:
    """What `plan` asks of a backend: the files of every new node."""

    def __init__(self) -> None:
        self.files = {
            MANIFEST: STOCK.encode(),
            "/etc/kubernetes/manifests/etcd.yaml": STOCK.replace("kube-apiserver", "etcd").encode(),
            "/etc/kubernetes/pki/ca.crt": Authority("kubernetes").certificate,
        }

    def pristine(self, path: str) -> bytes | None:
        return self.files.get(path)


@cache
def scenario(name: str) -> Scenario:
    return load(SCENARIOS[name], kinds(), nonce=NONCE)


def draws(name: str) -> list[tuple[Fault, ...]]:
    """Each fault alone, and every pair that a lab may draw; one empty draw where there are no faults."""
    faults = scenario(name).faults
    if faults is None:
        return [()]
    pairs = [pair for pair in combinations(faults.choices, 2) if compatible(*pair)]
    return [*((fault,) for fault in faults.choices), *pairs]


def answers_of(kinds: Sequence[str] = (SOLUTION, "right", "wrong")) -> list[tuple[str, str]]:
    found = []
    for name in SCENARIOS:
        answers = load_answers(scenario(name))
        named = [(SOLUTION, SOLUTION), *((one.kind, one.name) for one in answers.answers.values())]
        found += [(name, answer) for kind, answer in named if kind in kinds]
    return found


def graded_files(name: str, faults: tuple[Fault, ...], steps: Sequence[Any] = ()) -> Graded:
    """The grade of the lab's files with these steps played before the boot, without a cluster."""
    known, stock = scenario(name), StockNode()
    before, after = (plan(known, stock.pristine, faults, some) for some in ((), steps))

    def texts(of: Any) -> dict[str, Any]:
        files = {path: data for path, data in stock.files.items() if path not in of.spec.removed}
        files |= {one.path: one.data for one in of.spec.files}
        return {path: data.decode() for path, data in files.items()}

    facts: dict[Need, Fact] = {ServiceNeed(one.name): one for one in after.services}
    facts[LabNeed()] = LabFact(
        known.id, "lab", NONCE, 0, tuple(FaultFact(fault.id, fault.signatures) for fault in faults)
    )

    def collect(_: frozenset[Need]) -> Mapping[Need, Fact]:
        return Node(texts(after), texts(before), facts)

    return grade(known, CHECK_TYPES, collect, files_only=True)


def decided_by_files(name: str) -> set[str]:
    """Checks that need no cluster, and wait for none that does."""
    checks: dict[str, Check] = {check.id: check for check in scenario(name).checks}

    def decided(check: Check) -> bool:
        live = CHECK_TYPES[check.type].live(check.params)
        return not live and all(decided(checks[other]) for other in (*check.after, *check.with_))

    return {check.id for check in checks.values() if decided(check)}


def failing(graded: Graded, names: set[str]) -> set[str]:
    return {one.check.id for one in graded.judged if one.outcome != "pass" and one.check.id in names}


def test_all_six_are_shipped() -> None:
    six = {"ipw-classic", "ipw-complete", "ipw-from-docs", "ipw-debug-down", "ipw-debug-open", "ipw-tls"}
    assert six <= set(SCENARIOS)


@every_scenario
def test_it_loads_and_its_points_add_up(name: str) -> None:
    assert scenario(name).max_points == 100


@every_scenario
def test_lint_finds_nothing(name: str) -> None:
    known = scenario(name)
    assert [str(problem) for problem in lint(known, load_answers(known), kinds())] == []


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
def test_the_task_names_every_file_that_the_learner_is_to_write(name: str) -> None:
    known = scenario(name)
    for check in known.checks:
        if check.type == "answer-file":
            assert check.params.path in known.task  # type: ignore[attr-defined]


@every_scenario
def test_the_task_gives_no_flag_and_no_setting_away(name: str) -> None:
    words = r"--enable|--admission|volumeMount|hostPath|defaultAllow|TTL|retryBackoff|kubeConfigFile|-context"
    assert not re.search(words, scenario(name).task)


@every_scenario
def test_an_untouched_lab_earns_nothing_from_its_files(name: str) -> None:
    decided = decided_by_files(name)
    for faults in draws(name):
        judged = graded_files(name, faults).judged
        earned = [one.check.id for one in judged if one.earned and one.check.id in decided]
        assert not earned, [fault.id for fault in faults]


@pytest.mark.parametrize(("name", "answer"), answers_of())
def test_the_files_of_an_answer_fail_what_it_says(name: str, answer: str) -> None:
    """Played before the boot on a stock node. Steps that only restart or wait change no file."""
    answers = load_answers(scenario(name))
    named = answers.answer(answer)
    for faults in draws(name):
        if not named.applies(faults):
            continue
        first, rest = split(answer_steps(answers, answer, faults))
        graded = graded_files(name, faults, first)
        if any(not isinstance(step.action, Wait) and not _restarts(step.action) for step in rest):
            continue  # what follows needs a node: only that the first steps can be played was tried
        decided = decided_by_files(name)
        found, wanted = failing(graded, decided), set(named.failing(faults))
        if not rest:
            assert found == wanted & decided, [fault.id for fault in faults]
        assert found <= wanted, [fault.id for fault in faults]


def _restarts(action: object) -> bool:
    return isinstance(action, Run) and action.run.startswith("pkill ")


@every_scenario
def test_examples_of_faults_are_lines_of_their_own(name: str) -> None:
    """An example names its own fault and no other, or a wrong cause would be taken for a right one."""
    faults = scenario(name).faults
    choices = faults.choices if faults else ()
    for fault in choices:
        named = {one.id for one in choices for pattern in one.signatures if re.search(pattern, fault.example)}
        assert named == {fault.id}
        assert "\n" not in fault.example
