"""Policies tried with gator, without a cluster: the same verdicts as the live ones that answers.yaml states."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from ckslab.checks import CHECK_TYPES
from ckslab.checks.policy_matrix import PolicyMatrixParams
from ckslab.cluster import binaries, labnode
from ckslab.cluster.node.planned_files import PlannedFiles
from ckslab.diagnosis.api_down import judged
from ckslab.evidence import Evidence, Fact, Finding, FolderFact, Need, Unavailable
from ckslab.lab.catalogue import kinds
from ckslab.lab.grade_files import grade_handed_in
from ckslab.needs.files import FolderNeed
from ckslab.needs.trial import TrialFact, TrialNeed
from ckslab.needs.trial import gator as policy_trial
from ckslab.needs.trial.gator import try_policies
from ckslab.scenario.actions import Apply, Edit, Patch, Replace, Run, Step, Write
from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.answers.model import SOLUTION, Answers, answer_steps
from ckslab.scenario.find import find_scenarios
from ckslab.scenario.loading.load import load
from ckslab.scenario.model import Check, Scenario
from ckslab.scenario.rules.lint import falls_by_itself
from tests.support.checks_evidence import file_fact

SCENARIOS = find_scenarios([Path(__file__).parents[2] / "scenarios"])
BEYOND = Unavailable("only a cluster can tell", not_applicable=True)
FOLDER = "/policies"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not isinstance(binaries.locate(["gator"])["gator"], binaries.Found),
        reason="gator is not there: ckslab setup k8strustedimages builds it",
    ),
]


def folder_of(texts: Mapping[str, str], path: str = FOLDER) -> FolderFact:
    files = {f"{path}/{name}": text for name, text in texts.items()}
    return FolderFact(file_fact(files, path), {name: file_fact(files, f"{path}/{name}") for name in texts})


class Tried(dict[Need, Fact]):
    """Evidence from a folder of policies alone."""

    def __init__(self, folder: FolderFact) -> None:
        self.folder = folder

    def get(self, need: Any, _default: Any = None) -> Any:
        if isinstance(need, FolderNeed):
            return self.folder
        return try_policies(self.folder, need) if isinstance(need, TrialNeed) else BEYOND


def tried(params: Any, folder: FolderFact) -> Finding:
    with_files = params.model_copy(update={"files": FOLDER})
    return judged(CHECK_TYPES["policy-matrix"], with_files, Evidence(Tried(folder)))


class Cluster:
    """The objects that an answer's steps leave behind; None where only a real cluster could tell."""

    def __init__(self, scenario: Scenario) -> None:
        self.objects = {self._key(item): item for item in scenario.setup.objects}
        self.files = PlannedFiles(lambda _: None)
        for file in scenario.setup.files:
            self.files.write(file.path, file.data, file.mode)

    def _key(self, item: Mapping[str, Any]) -> tuple[str, str]:
        return item["kind"], item["metadata"]["name"]

    def play(self, step: Step) -> bool:
        from ckslab.steps import run_steps

        match step.action:
            case Apply() as action:
                self.objects |= {self._key(item): item for item in action.objects}
            case Patch(type="merge") as action:
                key = (action.patch.kind, action.patch.name)
                self.objects[key] = merged(self.objects[key], action.with_[0])
            case Write() | Edit() | Replace():
                run_steps([step], self.files)
            case Run(run=line) if line.startswith(
                ("kubectl apply -f /opt/lab/gk/", "until kubectl apply -f /opt/lab/gk/")
            ):
                path = "/opt/lab/gk/" + line.split("/opt/lab/gk/")[1].split(";")[0].strip()
                data = self.files.read(path)
                if data is None:
                    return False
                for item in yaml.safe_load_all(data):
                    self.objects[self._key(item)] = item
            case _:
                return False
        return True

    def folder(self) -> FolderFact:
        return folder_of({"all.yaml": yaml.safe_dump_all(self.objects.values())})


def merged(old: Any, new: Any) -> Any:
    """RFC 7386."""
    if not isinstance(new, dict):
        return new
    base = dict(old) if isinstance(old, dict) else {}
    for key, value in new.items():
        base[key] = merged(base.get(key), value)
        if value is None:
            del base[key]
    return base


@cache
def loaded(name: str) -> Scenario:
    return load(SCENARIOS[name], kinds(), nonce="kv7m3q")


@cache
def answers_of(name: str) -> Answers:
    return load_answers(loaded(name))


def matrices(scenario: Scenario) -> list[Check]:
    return [
        check
        for check in scenario.checks
        if isinstance(check.params, PolicyMatrixParams) and check.params.by.gatekeeper is not None
    ]


def answers() -> list[tuple[str, str]]:
    found = []
    for name in SCENARIOS:
        scenario = loaded(name)
        if scenario.topic == "gatekeeper" and matrices(scenario):
            found += [(name, answer) for answer in (SOLUTION, *answers_of(name).answers)]
    return found


def test_policies_are_tried_on_most_answers() -> None:
    assert len(PLAYED) > 40


def left_behind(name: str, answer: str) -> Cluster | None:
    scenario = loaded(name)
    cluster = Cluster(scenario)
    steps = answer_steps(answers_of(name), answer)
    return cluster if all(cluster.play(step) for step in steps) else None


def only_a_cluster_tells(name: str, answer: str) -> bool:
    """A trial knows no operation, and no labels of namespaces."""
    cluster = left_behind(name, answer)
    return cluster is not None and bool(
        re.search(r"input\.review\.operation|namespaceSelector", str(cluster.objects))
    )


PLAYED = [one for one in answers() if left_behind(*one) is not None and not only_a_cluster_tells(*one)]
"""Others have a step that only a real cluster can play."""


@pytest.mark.parametrize(("name", "answer"), PLAYED)
def test_gator_agrees_with_the_live_verdict(name: str, answer: str) -> None:
    cluster = left_behind(name, answer)
    assert cluster is not None
    scenario, fails = loaded(name), answers_of(name).answer(answer).failing(())
    for check in matrices(scenario):
        finding = tried(check.params, cluster.folder())
        if check.id not in fails:
            assert finding.outcome == "pass", (check.id, finding)
        elif falls_by_itself(check, fails):
            assert finding.outcome == "fail", (check.id, finding)


PARAMS = PolicyMatrixParams.model_validate(
    {"by": {"gatekeeper": ""}, "denied": ["nginx"], "admitted": ["docker.io/nginx"]}
)
TEMPLATE = """\
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k8sone}
spec:
  crd: {spec: {names: {kind: K8sOne}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package k8sone
        violation[{"msg": "no"}] {
          not startswith(input.review.object.spec.containers[_].image, "docker.io/")
        }
"""
CONSTRAINT = "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sOne\nmetadata: {name: one}\nspec: {}\n"


class TestProblems:
    def test_none(self) -> None:
        rego = TEMPLATE.replace(
            "not startswith(input.review.object.spec.containers[_].image",
            "image := input.review.object.spec.containers[_].image\n          not startswith(image",
        )
        assert tried(PARAMS, folder_of({"t.yaml": rego, "c.yml": CONSTRAINT})).outcome == "pass"

    @pytest.mark.parametrize(
        ("texts", "seen"),
        [
            ({}, "there is no policy in /policies"),
            ({"notes.txt": TEMPLATE}, "there is no policy in /policies"),
            ({"pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"}, "there is no policy"),
            ({"t.yaml": TEMPLATE, "c.yaml": CONSTRAINT}, "rego_unsafe_var_error"),
            ({"t.yaml": "a: [b\n"}, "/policies/t.yaml:"),
            ({"t.yaml": "a: &a [x]\nb: [*a, *a]\n"}, "not an API object"),
            (
                {"t.yaml": TEMPLATE.replace("not startswith", "http.send({}).x; not startswith")},
                "more than its input",
            ),
            (
                {"t.yaml": TEMPLATE.replace("not startswith", 'http["send"]({}).x; not startswith')},
                "more than its input",
            ),
            ({"c.yaml": CONSTRAINT}, "adding constraint"),
        ],
    )
    def test_are_told(self, texts: dict[str, str], seen: str) -> None:
        finding = tried(PARAMS, folder_of(texts))
        assert (finding.outcome, seen in finding.observed) == ("fail", True), finding
        assert finding.message == "Tried with gator on the files in /policies, not on a cluster."

    def test_without_gator_nothing_is_judged(self, monkeypatch: pytest.MonkeyPatch) -> None:
        missing = {"gator": binaries.Missing("gator", "no gator", "")}
        monkeypatch.setattr(binaries, "locate", lambda _names: missing)
        fact = try_policies(folder_of({}), TrialNeed(FOLDER, ()))
        assert isinstance(fact, Unavailable)
        assert fact.not_applicable

    def test_warnings_and_other_actions(self) -> None:
        rego = TEMPLATE.replace(
            'not startswith(input.review.object.spec.containers[_].image, "docker.io/")', "true"
        )
        probe = next(PARAMS.rows())[1].need(None)
        for action, outcome, warnings in (
            ("warn", "admitted", 1),
            ("dryrun", "admitted", 0),
            ("deny", "denied", 0),
        ):
            constraint = CONSTRAINT.replace("spec: {}", f"spec: {{enforcementAction: {action}}}")
            fact = try_policies(folder_of({"a.yaml": rego + "---\n" + constraint}), TrialNeed(FOLDER, (probe,)))
            assert isinstance(fact, TrialFact)
            assert (fact.answers[0].outcome, len(fact.answers[0].warnings)) == (outcome, warnings)


RIGHT = TEMPLATE.replace(
    "not startswith(input.review.object.spec.containers[_].image",
    "image := input.review.object.spec.containers[_].image\n          not startswith(image",
)
V1_BODY = 'violation contains {"msg": "no"} if {\n  some c in input.review.object.spec.containers\n  not startswith(c.image, "docker.io/")\n}\n'


def with_code(target: dict[str, Any]) -> str:
    """The template and its constraint, as JSON and in a List."""
    template = yaml.safe_load(TEMPLATE)
    template["spec"]["targets"] = [{"target": "admission.k8s.gatekeeper.sh", **target}]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": [template, yaml.safe_load(CONSTRAINT)]})


class TestWhatFilesAloneTell:
    def test_a_rule_on_the_operation_is_undecided(self) -> None:
        for operation in ("CREATE", "UPDATE"):
            rego = RIGHT.replace("image :=", f'input.review.operation == "{operation}"\n          image :=')
            finding = tried(PARAMS, folder_of({"t.yaml": rego, "c.yaml": CONSTRAINT}))
            assert (finding.outcome, "reads operation" in finding.observed) == ("unknown", True), finding

    def test_a_policy_that_cannot_work_fails_whatever_it_reads(self) -> None:
        rego = TEMPLATE.replace("not startswith", "input.review.operation; undefined_function(1); not startswith")
        assert tried(PARAMS, folder_of({"t.yaml": rego, "c.yaml": CONSTRAINT})).outcome == "fail"

    def test_scoped_actions_and_exclusions_are_undecided(self) -> None:
        scoped = CONSTRAINT.replace("{}", "{enforcementAction: scoped, scopedEnforcementActions: []}")
        config = "apiVersion: config.gatekeeper.sh/v1alpha1\nkind: Config\nmetadata: {name: config, namespace: gatekeeper-system}\n"
        config += 'spec: {match: [{excludedNamespaces: [kube-system], processes: ["*"]}]}\n'
        for texts in ({"c.yaml": scoped}, {"c.yaml": CONSTRAINT, "d.yaml": config}):
            assert tried(PARAMS, folder_of({"t.yaml": RIGHT, **texts})).outcome == "unknown"

    def test_rego_v1_is_right_where_its_version_is_said(self) -> None:
        source = {"version": "v1", "rego": "package k8sone\n\n# a comment\n" + V1_BODY}
        text = with_code({"code": [{"engine": "Rego", "source": source}]})
        assert tried(PARAMS, folder_of({"all.json": text})).outcome == "pass"

    @pytest.mark.parametrize("head", ["", "import rego.v1\n"])
    def test_rego_v1_below_rego_is_told_with_its_repair(self, head: str) -> None:
        finding = tried(PARAMS, folder_of({"all.json": with_code({"rego": f"package k8sone\n{head}{V1_BODY}"})}))
        assert finding.outcome == "fail"
        assert "source: {version: v1" in finding.message
        assert "a rule that is called violation" not in finding.message

    def test_an_object_of_a_group_that_nobody_serves_is_told(self) -> None:
        wrong = CONSTRAINT.replace("constraints.gatekeeper.sh", "constraint.gatekeeper.sh")
        finding = tried(PARAMS, folder_of({"t.yaml": RIGHT, "c.yaml": wrong}))
        assert finding.outcome == "fail"
        assert "/policies/c.yaml:1: nobody serves the group constraint.gatekeeper.sh" in finding.message

    def test_what_else_lies_in_the_folder_takes_nothing_from_a_right_policy(self) -> None:
        others = {"kustomization.yaml": "resources: [t.yaml]\n", "notes.yaml": "a: [\n", "values.json": "{}"}
        assert tried(PARAMS, folder_of({"t.yaml": RIGHT, "c.yaml": CONSTRAINT, **others})).outcome == "pass"

    def test_text_that_looks_like_a_comment_of_yaml_stays(self) -> None:
        rego = RIGHT.replace('{"msg": "no"}', '{"msg": msg}').replace(
            "not startswith", "msg := `\n# no\n\n`\n          not startswith"
        )
        template = yaml.safe_load(TEMPLATE)
        template["spec"]["targets"][0]["rego"] = yaml.safe_load(rego.replace("`\n# no\n\n`", '"x"'))["spec"][
            "targets"
        ][0]["rego"].replace('"x"', "`\n# no\n\n`")
        probe = next(PARAMS.rows())[1].need(None)
        fact = try_policies(
            folder_of({"t.json": json.dumps(template), "c.yaml": CONSTRAINT}), TrialNeed(FOLDER, (probe,))
        )
        assert isinstance(fact, TrialFact)
        assert "# no" in fact.answers[0].message


def test_a_hand_in_is_graded_with_it(tmp_path: Path) -> None:
    scenario = loaded("k8strustedimages")
    (tmp_path / "etc" / "kubernetes").mkdir(parents=True)
    (tmp_path / "root" / "policy").mkdir(parents=True)
    cluster = left_behind("k8strustedimages", SOLUTION)
    assert cluster is not None
    (tmp_path / "root/policy/all.yaml").write_text(yaml.safe_dump_all(cluster.objects.values()))
    report = grade_handed_in(tmp_path, "k8strustedimages", [SCENARIOS["k8strustedimages"].parent])
    assert {check.id for check in report.checks} == {check.id for check in matrices(scenario)}
    assert report.passed, report
    assert set(report.not_graded) == {"template", "constraint"}
    assert all("Tried with gator" in check.message for check in report.checks)


def test_the_sandbox_shows_nothing_but_the_policies(tmp_path: Path) -> None:
    place = binaries.locate(["bwrap"])["bwrap"]
    if not isinstance(place, binaries.Found):
        pytest.skip("bwrap is missing on this machine")
    program = labnode.binary("labnode", binaries.load().arch, tmp_path / "bin")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "policy.yaml").write_text("a: 1\n")
    asked = {"files": ["/etc/passwd", "/sys/class/net/eth0", "/files/policy.yaml"], "folders": []}
    command = [*policy_trial._sandbox(place.path, program, str(tmp_path / "files")), "/gator", "files"]
    done = subprocess.run(command, input=json.dumps(asked).encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    kinds = {path: one["kind"] for path, one in json.loads(done.stdout).items()}
    assert kinds == {"/etc/passwd": "absent", "/sys/class/net/eth0": "absent", "/files/policy.yaml": "file"}
