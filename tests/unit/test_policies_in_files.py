"""Policies in a folder of files: what counts, what nobody serves, and what no trial without a cluster can know."""

from __future__ import annotations

import json
import re
import time

import pytest

from ckslab.evidence import FolderFact
from ckslab.needs.trial.policies import Policies, policies_in
from ckslab.probing.rego import NO_VIOLATION, V1_AS_V0, rego_advice
from tests.support.checks_evidence import file_fact

FOLDER = "/root/policy"
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
          RULE
        }
"""
PLAIN = TEMPLATE.replace("RULE", "input.review.object.spec.containers[_].image")
CONSTRAINT = "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sOne\nmetadata: {name: one}\nspec: {}\n"


def found(**texts: str) -> Policies:
    files = {f"{FOLDER}/{name.replace('_', '.')}": text for name, text in texts.items()}
    named = {path.rpartition("/")[2]: file_fact(files, path) for path in files}
    return policies_in(FolderFact(file_fact(files, FOLDER), named), {"default", "team-red"})


def kinds(policies: Policies) -> list[str]:
    return [item["kind"] for item in policies.objects]


def test_templates_and_constraints_are_taken_from_every_manifest() -> None:
    policies = found(
        a_yaml=PLAIN,
        b_yml=CONSTRAINT,
        c_json=json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}),
    )
    assert kinds(policies) == ["ConstraintTemplate", "K8sOne"]
    assert (policies.remarks, policies.forbidden, policies.unknown) == ((), "", "")


def test_a_list_is_taken_apart_as_kubectl_does() -> None:
    def indented(text: str) -> str:
        return "- " + text.replace("\n", "\n  ").rstrip() + "\n"

    text = "apiVersion: v1\nkind: List\nitems:\n" + indented(PLAIN) + indented(CONSTRAINT)
    assert kinds(found(a_yaml=text)) == ["ConstraintTemplate", "K8sOne"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "templates.gatekeeper.sh/v1",
            "template.gatekeeper.sh/v1",
            "nobody serves the group template.gatekeeper.sh",
        ),
        ("templates.gatekeeper.sh/v1", "template.gatekeeper.sh/v1", "did you mean 'templates.gatekeeper.sh'?"),
        ("templates.gatekeeper.sh/v1", "templates.gatekeeper.sh/v2", "has no version v2"),
        ("kind: ConstraintTemplate", "kind: ConstraintsTemplate", "has no kind ConstraintsTemplate"),
        ("constraints.gatekeeper.sh/v1beta1", "constraints.gatekeeper.sh/v1", "it has v1beta1, v1alpha1"),
        (
            "constraints.gatekeeper.sh/v1beta1",
            "constraint.gatekeeper.sh/v1beta1",
            "/root/policy/a.yaml:13: nobody serves",
        ),
    ],
)
def test_what_nobody_serves_counts_for_nothing_and_is_told_with_its_place(old: str, new: str, said: str) -> None:
    text = PLAIN + "---\n" + CONSTRAINT
    policies = found(a_yaml=text.replace(old, new))
    assert len(policies.objects) == 1
    assert len(policies.remarks) == 1
    assert said in policies.remarks[0]


def test_a_group_that_a_definition_in_the_files_makes_is_served() -> None:
    crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\nspec: {group: a.example}\n"
    own = "apiVersion: a.example/v1\nkind: A\nmetadata: {name: a}\n"
    assert found(a_yaml=own).remarks
    assert not found(a_yaml=own, b_yaml=crd).remarks


@pytest.mark.parametrize("text", ["a: [b\n", "resources: [a.yaml]\n", "- a\n", "text\n"])
def test_another_file_that_is_no_object_takes_no_policy_away(text: str) -> None:
    policies = found(a_yaml=text, b_yaml=PLAIN, c_yaml=CONSTRAINT)
    assert kinds(policies) == ["ConstraintTemplate", "K8sOne"]
    assert re.match(r"/root/policy/a\.yaml:[12]: ", policies.remarks[0])


def test_a_kustomization_is_nothing_to_remark_on() -> None:
    text = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: a}\nresources: [t.yaml]\n"
    assert found(kustomization_yaml=text, t_yaml=PLAIN).remarks == ()


@pytest.mark.parametrize(
    "rule",
    [
        'input.review.operation == "CREATE"',
        'input.review["operation"] == "CREATE"',
        'object.get(input.review, "operation", "") == "CREATE"',
        "r := input.review\n          r.operation",
        "input.review.oldObject",
        'input.review.userInfo.username == "a"',
        "data.inventory.cluster.v1.Namespace[_]",
        "input.review._unstable.namespace.metadata.labels.a",
        'external_data({"provider": "a", "keys": []})',
        "input.review.dryRun",
    ],
)
def test_a_rule_on_what_only_a_cluster_knows_is_unknown(rule: str) -> None:
    assert "known in a cluster only" in found(a_yaml=TEMPLATE.replace("RULE", rule)).unknown


@pytest.mark.parametrize(
    "rule",
    [
        "# not by input.review.operation\n          true",
        'msg := "this operation is not allowed"',
        "input.review.object.spec.containers[_].resources.limits",
        "input.review.namespace",
        'input.review.kind.kind == "Pod"',
        'image := "a.operations/x"',
    ],
)
def test_a_word_that_only_looks_so_is_none(rule: str) -> None:
    assert found(a_yaml=TEMPLATE.replace("RULE", rule)).unknown == ""


@pytest.mark.parametrize(
    "text", ['\\"' * 300_000, '"' * 600_001, "`" * 600_001, "contains " * 100_000, "a if" * 200_000]
)
def test_a_text_that_was_made_to_be_slow_is_read_quickly(text: str) -> None:
    template = {"kind": "ConstraintTemplate", "metadata": {"name": "a"}, "apiVersion": "templates.gatekeeper.sh/v1"}
    target = {"target": "x", "rego": f"package a\n{text}"}
    begin = time.process_time()
    found(a_json=json.dumps(template | {"spec": {"targets": [target]}}))
    rego_advice("rego_parse_error", {"spec": {"targets": [target]}})
    assert time.process_time() - begin < 3


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            "{enforcementAction: scoped, scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: '*'}]}]}",
            "scoped",
        ),
        ("{match: {namespaceSelector: {matchLabels: {team: red}}}}", "selects namespaces by labels"),
        ("{match: {namespaceSelector: {matchExpressions: [{key: team, operator: Exists}]}}}", "selects namespaces"),
        ("{match: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: team-red}}}}", ""),
        ("{match: {excludedNamespaces: [kube-system]}, enforcementAction: warn}", ""),
        ("[1]", ""),
    ],
)
def test_a_constraint_that_depends_on_the_cluster_is_unknown(spec: str, said: str) -> None:
    unknown = found(a_yaml=CONSTRAINT.replace("{}", spec)).unknown
    assert said in unknown
    assert bool(said) == bool(unknown)


CONFIG = "apiVersion: config.gatekeeper.sh/v1alpha1\nkind: Config\nmetadata: {name: NAME}\nspec: {match: MATCH}\n"


@pytest.mark.parametrize(
    ("name", "match", "unknown"),
    [
        ("config", "[{excludedNamespaces: [team-red], processes: ['*']}]", True),
        ("config", "[{excludedNamespaces: ['kube-*'], processes: [audit, webhook]}]", True),
        ("config", "[{excludedNamespaces: [team-red], processes: [audit]}]", False),
        ("other", "[{excludedNamespaces: [team-red], processes: ['*']}]", False),
        ("config", "{}", False),
        ("config", "[1, {processes: 3}]", False),
    ],
)
def test_a_config_that_keeps_namespaces_from_the_webhook_is_unknown(name: str, match: str, unknown: bool) -> None:
    text = CONFIG.replace("NAME", name).replace("MATCH", match)
    assert bool(found(a_yaml=text, b_yaml=PLAIN).unknown) == unknown


def test_a_namespace_that_is_ignored_and_mutations_are_unknown() -> None:
    ignored = "apiVersion: v1\nkind: Namespace\nmetadata: {name: team-red, labels: {admission.gatekeeper.sh/ignore: 'x'}}\n"
    assert found(a_yaml=ignored).unknown
    assert not found(a_yaml=ignored.replace("team-red", "elsewhere")).unknown
    assert found(a_yaml="apiVersion: mutations.gatekeeper.sh/v1\nkind: AssignImage\nmetadata: {name: a}\n").unknown


PARSE = "invalid ConstraintTemplate: 1 error occurred: template:2: rego_parse_error: unexpected : token: expected \\n or ; or }"
V1 = 'package a\nviolation contains {"msg": "no"} if {\n  true\n}\n'
V0 = 'package a\nviolation[{"msg": "no"}] {\n  contains(input.a, "x") ???\n}\n'


@pytest.mark.parametrize(
    ("error", "target", "advice"),
    [
        (PARSE, {"rego": V1}, V1_AS_V0),
        (PARSE, {"rego": 'package a\nviolation[{"msg": "no"}] if {\n  true\n}\n'}, V1_AS_V0),
        (PARSE, {"rego": 'package a\nallow if input.x == 1\nviolation[{"msg": "no"}] { not allow }\n'}, V1_AS_V0),
        ('invalid import: bad import: "rego.v1"', {"rego": "package a\nimport rego.v1\n" + V1}, V1_AS_V0),
        (PARSE, {"code": [{"engine": "Rego", "source": {"rego": V1}}]}, V1_AS_V0),
        (PARSE, {"code": [{"engine": "Rego", "source": {"rego": V1, "version": "v1"}}]}, ""),
        (PARSE, {"rego": V0}, ""),
        (PARSE, {"rego": "package a\n# violation contains x if y\n{"}, ""),
        (
            "ingest_error: missing required rules: [violation]",
            {"rego": "package a\ndeny[x] { x := 1 }\n"},
            NO_VIOLATION,
        ),
        (PARSE, {}, ""),
        (PARSE, {"rego": 3, "code": 3}, ""),
    ],
)
def test_rego_v1_where_v0_is_read_is_told_with_its_repair(
    error: str, target: dict[str, object], advice: str
) -> None:
    assert rego_advice(error, {"spec": {"targets": [target]}}) == advice
