"""What a policy might spare is tried: look-alikes, what its own words suggest, and who may speak in Gatekeeper's name."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest

from ckslab.kubernetes.denials.policy import NativeDenial
from ckslab.kubernetes.image_reference import parse_image_reference
from ckslab.needs.probe import NewNamespace, ProbeNeed
from ckslab.probing.generated_policy import generated
from ckslab.probing.look_alikes import HEX, LookAlikes
from ckslab.probing.policy_row import Row
from ckslab.probing.temptations import (
    Temptation,
    of_containers,
    of_namespaces,
    of_pods,
    tempted,
    tempted_namespace,
)


def images(**fields: Any) -> list[str]:
    return [row.images()[0] for row in LookAlikes.model_validate(fields).rows()]


class TestLookAlikes:
    PLACES = ("registry.lab.local/", "docker.io/library/", "quay.io/team-a/", "registry.lab.local:5000/")

    @pytest.mark.parametrize("place", PLACES)
    def test_none_comes_from_the_place_itself(self, place: str) -> None:
        assert not [image for image in images(registries=[place]) if image.startswith(place)]

    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize(
        "rule",
        [
            lambda place, image: re.match(f"^{place}", image),
            lambda place, image: image.startswith(place.rstrip("/")),
            lambda place, image: place in image,
            lambda place, image: image.lower().startswith(place),
            lambda place, image: image.split("/")[0].endswith(place.split("/")[0]),
            lambda place, image: image.split("/")[0].startswith(place.split("/")[0].split(":")[0]),
        ],
        ids=["dots", "no slash", "anywhere", "any case", "subdomains", "longer names"],
    )
    def test_each_usual_mistake_lets_one_in(self, place: str, rule: Any) -> None:
        assert any(rule(place, image) for image in images(registries=[place]))

    def test_each_dot_is_tried_by_itself(self) -> None:
        half_escaped = re.compile(r"^registry\.lab.local/")
        assert any(half_escaped.match(image) for image in images(registries=["registry.lab.local/"]))

    def test_what_another_place_lets_in_is_no_look_alike(self) -> None:
        both = ("docker.io/library/", "docker.io/")
        assert not [image for image in images(registries=both) if image.startswith(both)]

    @pytest.mark.parametrize(
        "pattern", ["@sha256:[0-9a-f]{64}", "@sha256:.{64}$", "sha256:[0-9a-f]+$", "@", "[0-9a-f]{64}$", "@sha256:"]
    )
    def test_a_pattern_that_is_no_digest_at_the_end_lets_one_in(self, pattern: str) -> None:
        assert any(re.search(pattern, image) for image in images(digest=True))

    def test_none_of_them_is_pinned(self) -> None:
        right = re.compile("@sha256:[0-9a-f]{64}$")
        assert not [image for image in images(digest=True) if right.search(image)]
        found = [parse_image_reference(image) for image in images(digest=True)]
        assert not [one for one in found if one is not None and one.digest]

    @pytest.mark.parametrize("container", ["image", "init", "ephemeral", "update"])
    def test_they_stand_in_each_kind_of_container(self, container: str) -> None:
        rows = LookAlikes.model_validate(
            {"registries": ["quay.io/a/"], "container": container, "namespace": "n"}
        ).rows()
        assert all(getattr(row, container) and row.place() == "n" and row.reason for row in rows)
        if container == "init":
            assert {row.image for row in rows} == {f"quay.io/a/app@sha256:{HEX}"}


def policy(expression: str, **more: Any) -> dict[str, Any]:
    """A policy as the API server shows it: with empty selectors."""
    match = {"namespaceSelector": {}, "objectSelector": {}, "resourceRules": [{"resources": ["pods"]}]}
    return {"spec": {"matchConstraints": match, "validations": [{"expression": expression}], **more}}


def binding(**match: Any) -> dict[str, Any]:
    return {"spec": {"policyName": "p", "matchResources": {"namespaceSelector": {}, "objectSelector": {}, **match}}}


class TestTemptations:
    @pytest.mark.parametrize(
        "plain",
        [
            policy("object.spec.containers.all(c, c.image.startsWith('registry.lab.local/'))"),
            {
                "spec": {
                    "match": {"kinds": [{"apiGroups": [""], "kinds": ["Pod"]}]},
                    "parameters": {"repos": ["a/"]},
                }
            },
            {"spec": {"targets": [{"rego": 'violation[{"msg": msg}] { not startswith(image, "docker.io/") }'}]}},
        ],
    )
    def test_a_policy_that_spares_nothing_suggests_nothing(self, plain: dict[str, Any]) -> None:
        assert of_pods([plain]) == ()
        assert of_namespaces([plain]) == ()

    @pytest.mark.parametrize(
        ("spared", "name"),
        [
            (policy("object.metadata.name.startsWith('debug-')"), r"debug-.+"),
            (policy("object.metadata.name.endsWith('-canary')"), r".+-canary"),
            (policy("object.metadata.name == 'tool'"), "tool"),
            (policy("object.metadata.name.matches('^ops-[a-z]+')"), r"ops-[a-z]+.*"),
            (
                {"spec": {"targets": [{"rego": 'not startswith(input.review.object.metadata.name, "adm-")'}]}},
                "adm-.+",
            ),
            ({"spec": {"match": {"name": "sys*"}}}, "sys.*"),
        ],
    )
    def test_names_of_its_own_words(self, spared: dict[str, Any], name: str) -> None:
        assert any(re.fullmatch(name, one.name) for one in of_pods([spared]))

    @pytest.mark.parametrize(
        ("spared", "label"),
        [
            (policy("!('exempt' in object.metadata.labels)"), ("exempt", "true")),
            (policy("object.metadata.labels.team == 'ops'"), ("team", "ops")),
            (policy("object.metadata.labels[?'skip'].orValue('') == \"yes\""), ("skip", "yes")),
            (policy("object.metadata.annotations['a.b/c'] == 'ok'"), ("a.b/c", "ok")),
            (
                binding(objectSelector={"matchExpressions": [{"key": "old", "operator": "DoesNotExist"}]}),
                ("old", "true"),
            ),
            ({"spec": {"match": {"labelSelector": {"matchLabels": {"tenant": "acme"}}}}}, ("tenant", "acme")),
        ],
    )
    def test_labels_of_its_own_words(self, spared: dict[str, Any], label: tuple[str, str]) -> None:
        assert any(label in one.labels for one in of_pods([spared]))

    @pytest.mark.parametrize(
        ("spared", "name"),
        [
            ({"spec": {"match": {"excludedNamespaces": ["kube-system", "dev-*"]}}}, r"dev-.+"),
            ({"spec": {"match": [{"excludedNamespaces": ["*-test"], "processes": ["*"]}]}}, r".+-test"),
            (policy("request.namespace.startsWith('infra')"), r"infra.+"),
        ],
    )
    def test_namespaces_of_its_own_words(self, spared: dict[str, Any], name: str) -> None:
        assert any(re.fullmatch(name, one.name) for one in of_namespaces([spared]))

    def test_labels_of_namespaces_beside_those_that_the_row_has(self) -> None:
        expressions = [{"key": "frozen", "operator": "DoesNotExist"}, {"key": "images", "operator": "Exists"}]
        suggested = of_namespaces([binding(namespaceSelector={"matchExpressions": expressions})])
        made = [tempted_namespace(NewNamespace((("images", "trusted"),)), one) for one in suggested]
        assert any(dict(one.labels).get("frozen") for one in made)
        assert {dict(one.labels)["images"] for one in made} == {"trusted"}

    def test_labels_that_components_give_a_meaning_to_are_left_alone(self) -> None:
        mirror = policy("!('kubernetes.io/config.mirror' in object.metadata.annotations)")
        assert not [key for one in of_pods([mirror]) for key, _ in one.labels if "kubernetes.io" in key]

    def test_they_are_bounded_and_the_same_for_the_same_policies(self) -> None:
        words = " || ".join(f"object.metadata.name.startsWith('word{number}-')" for number in range(200))
        many = policy(words + " || 'x' in object.metadata.labels")
        assert len(of_pods([many])) <= 16
        assert of_pods([many]) == of_pods([copy.deepcopy(many)])

    @pytest.mark.parametrize(
        ("spared", "name"),
        [
            (policy("object.spec.containers.all(c, c.name == 'proxy' || c.image.contains('@'))"), "proxy"),
            (
                policy("object.spec.containers.all(c, c.name.startsWith('istio-') || c.image.contains('@'))"),
                "istio-.+",
            ),
            (
                {
                    "spec": {
                        "targets": [{"rego": 'c := input.review.object.spec.containers[_]; c["name"] != "tool"'}]
                    }
                },
                "tool",
            ),
        ],
    )
    def test_names_of_containers(self, spared: dict[str, Any], name: str) -> None:
        suggested = of_pods([spared])
        assert any(re.fullmatch(name, one.container) for one in suggested)
        need = Row.model_validate("nginx").need(None)
        for one in suggested:
            [container] = json.loads(tempted(need, one).manifest)["spec"]["containers"]
            assert container["image"] == "nginx"
            assert container["name"] == one.container

    def test_the_name_of_a_container_in_a_message_suggests_nothing(self) -> None:
        rego = 'violation[{"msg": m}] { c := x[_]; m := sprintf("container <%v> has <%v>", [c.name, c.image]) }'
        assert of_pods([{"spec": {"targets": [{"rego": rego}]}}]) == ()

    def test_fields_that_have_nothing_to_do_with_images(self) -> None:
        spared = policy("object.spec.?hostNetwork.orValue(false) || object.spec.restartPolicy == 'Never' || c.tty")
        first, second = of_pods([spared])
        assert dict(first.pod) == {"hostNetwork": True, "restartPolicy": "Never"}
        assert dict(second.pod) == {"restartPolicy": "OnFailure"}
        assert first.words() == ' with hostNetwork: true, restartPolicy: "Never", tty: true'
        pod = json.loads(tempted(Row.model_validate("nginx").need(None), first).manifest)["spec"]
        assert (pod["hostNetwork"], pod["restartPolicy"], pod["containers"][0]["tty"]) == (True, "Never", True)

    def test_a_container_that_is_added_to_a_running_pod_has_what_a_container_has(self) -> None:
        spared = policy("object.metadata.labels.a == 'b' || c.name == 'tool' || c.stdin || object.spec.hostPID")
        found = of_containers([spared], "ephemeral")
        assert {one.container for one in found} >= {"tool", ""}
        assert not [one for one in found if one.labels or one.pod or one.name]
        assert [one for one in found if ("stdin", True) in one.containers]

    def test_an_init_container_that_stays_is_one_of_them(self) -> None:
        need = Row.model_validate({"image": "a", "init": "nginx"}).need(None)
        policies = [policy("c.restartPolicy == 'Always'")]
        pods = [json.loads(tempted(need, one).manifest)["spec"] for one in of_containers(policies, "init")]
        assert [pod["initContainers"][0].get("restartPolicy") for pod in pods].count("Always") == 1
        assert not [one for one in of_containers(policies, "ephemeral") if one.containers]
        assert all("restartPolicy" not in pod["containers"][0] for pod in pods)

    def test_the_object_is_else_the_same(self) -> None:
        need = Row.model_validate("nginx").need(None)
        other = tempted(need, Temptation("debug-orders", (("a", "b"),)))
        manifest = json.loads(other.manifest)
        assert manifest["metadata"] == {"name": "debug-orders", "labels": {"a": "b"}, "annotations": {"a": "b"}}
        assert manifest["spec"] == json.loads(need.manifest)["spec"]
        assert isinstance(other, ProbeNeed)


SAID = NativeDenial("gatekeeper-k8sone", "gatekeeper-k8sone-mine", "no")
RULE = {"expression": "false", "message": "no"}
TEMPLATE: dict[str, Any] = {
    "metadata": {"name": "k8sone", "uid": "t"},
    "spec": {"targets": [{"code": [{"engine": "K8sNativeValidation", "source": {"validations": [RULE]}}]}]},
}
CONSTRAINT: dict[str, Any] = {"metadata": {"name": "mine", "uid": "c"}}
POLICY: dict[str, Any] = {
    "metadata": {"name": SAID.policy, "ownerReferences": [{"uid": "t", "controller": True}]},
    "spec": {
        "validations": [RULE],
        "matchConditions": [
            {"name": f"gatekeeper_internal_match_{what}"}
            for what in ("excluded_namespaces", "namespaces", "name", "kinds", "global_excluded_namespaces")
        ],
    },
}
BINDING: dict[str, Any] = {
    "metadata": {"name": SAID.binding, "ownerReferences": [{"uid": "c", "controller": True}]},
    "spec": {"policyName": SAID.policy, "paramRef": {"name": "mine"}},
}


class TestGenerated:
    def test_what_gatekeeper_made_is_the_constraints(self) -> None:
        assert generated(SAID, [POLICY], [BINDING], [TEMPLATE], [CONSTRAINT])

    @pytest.mark.parametrize(
        ("policy", "binding", "template"),
        [
            ({"metadata": {"ownerReferences": None}}, {}, {}),
            ({"metadata": {"ownerReferences": [{"uid": "other", "controller": True}]}}, {}, {}),
            ({"metadata": {"ownerReferences": [{"uid": "t"}]}}, {}, {}),
            ({"spec": {"validations": [{"expression": "true", "message": "no"}]}}, {}, {}),
            ({"spec": {"matchConditions": []}}, {}, {}),
            ({}, {"metadata": {"ownerReferences": []}}, {}),
            ({}, {"spec": {"paramRef": {"name": "other"}}}, {}),
            ({}, {"spec": {"paramRef": None}}, {}),
            ({}, {}, {"spec": {"targets": [{"rego": "package a"}]}}),
            ({}, {}, {"metadata": {"name": "k8sone", "uid": "new"}}),
        ],
    )
    def test_what_was_made_by_hand_is_not(
        self, policy: dict[str, Any], binding: dict[str, Any], template: dict[str, Any]
    ) -> None:
        made = [with_(POLICY, policy)], [with_(BINDING, binding)], [with_(TEMPLATE, template)]
        assert not generated(SAID, *made, [CONSTRAINT])

    def test_what_is_gone_is_nobodys(self) -> None:
        assert not generated(SAID, [], [BINDING], [TEMPLATE], [CONSTRAINT])
        assert not generated(SAID, [POLICY], [], [TEMPLATE], [CONSTRAINT])
        assert not generated(SAID, [POLICY], [BINDING], [], [CONSTRAINT])
        assert not generated(SAID, [POLICY], [BINDING], [TEMPLATE], [])


def with_(item: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    return {key: {**value, **change.get(key, {})} for key, value in item.items()}
