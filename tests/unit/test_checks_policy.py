"""Policies judged by what they let through: whose denial counts, and what a matrix makes of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from ckslab.checks import CHECK_TYPES
from ckslab.checks.constraint import unmatched
from ckslab.checks.policy_matrix import PolicyMatrixParams
from ckslab.evidence import Evidence, Fact, Finding, Need, Unavailable
from ckslab.kubernetes.denials.denial import classify
from ckslab.kubernetes.denials.policy import Said
from ckslab.needs.objects import ObjectNeed, ObjectsFact
from ckslab.needs.probe import NewNamespace, ProbeFact, ProbeNeed, Sent
from ckslab.probing.gatekeeper import BINDINGS, CONTROLLER, EVERY_WEBHOOK, POLICIES, WEBHOOKS
from ckslab.probing.policy_ref import PolicyRef, denied_by, warned_by
from ckslab.probing.tempted_rows import CONFIGS, policies_of, tempted_rows
from tests.support.checks_evidence import judge, node, server

HOOK = 'admission webhook "validation.gatekeeper.sh" denied the request: '
GENERATED = (
    "pods \"a\" is invalid: : ValidatingAdmissionPolicy 'gatekeeper-k8strustedimages' "
    "with binding 'gatekeeper-k8strustedimages-trusted' denied request: not trusted"
)
NATIVE = "pods \"a\" is forbidden: ValidatingAdmissionPolicy 'registry' with binding 'b' denied request: not ours"
FAULTY = (
    "pods \"a\" is invalid: : ValidatingAdmissionPolicy 'registry' with binding 'b' denied request: "
    "expression 'object.spec.container' resulted in error: no such key: container"
)
ADMITTED = ProbeFact("admitted", 201, "", "")
NOTHING = ObjectsFact(())
TEMPLATES = ObjectNeed("templates.gatekeeper.sh/v1", "ConstraintTemplate")


def configuration(service: str = "gatekeeper-webhook-service", name: str = "its-own") -> dict[str, Any]:
    client = {"service": {"namespace": "gatekeeper-system", "name": service}}
    return {"metadata": {"name": name}, "webhooks": [{"name": "validation.gatekeeper.sh", "clientConfig": client}]}


RUNNING: dict[Need, Fact] = {
    CONTROLLER: ObjectsFact(({"spec": {"replicas": 1}, "status": {"availableReplicas": 1}},)),
    WEBHOOKS: ObjectsFact((configuration(),)),
    EVERY_WEBHOOK: ObjectsFact((configuration(),)),
    **dict.fromkeys((POLICIES, BINDINGS, TEMPLATES, CONFIGS), NOTHING),
}


def by_gatekeeper(_said: Any) -> bool:
    return True


def denied(message: str, code: int = 403) -> ProbeFact:
    return ProbeFact("denied", code, "Forbidden", message)


class TestWhoseDenial:
    @pytest.mark.parametrize(
        ("by", "message", "names"),
        [
            ({"gatekeeper": "trusted"}, HOOK + "[trusted] not trusted", ["trusted"]),
            ({"gatekeeper": "trusted"}, HOOK + "[other] no\n[trusted] not trusted", ["trusted"]),
            ({"gatekeeper": ""}, HOOK + "[a] one\nmore of it\n[b] two", ["a", "b"]),
            ({"gatekeeper": "trusted"}, HOOK + "[other] not trusted", []),
            ({"gatekeeper": "trusted"}, HOOK.replace("validation", "mutation") + "[trusted] x", []),
            ({"gatekeeper": "trusted"}, GENERATED, ["trusted"]),
            ({"gatekeeper": ""}, GENERATED, ["trusted"]),
            ({"gatekeeper": "other"}, GENERATED, []),
            ({"gatekeeper": ""}, NATIVE, []),
            ({"validating-admission-policy": "registry"}, NATIVE, ["registry"]),
            ({"validating-admission-policy": ""}, NATIVE, ["registry"]),
            ({"validating-admission-policy": "other"}, NATIVE, []),
            ({"validating-admission-policy": "registry"}, HOOK + "[registry] no", []),
            (
                {"gatekeeper": ""},
                'Internal error occurred: failed calling webhook "validation.gatekeeper.sh": '
                "dial tcp 10.96.0.1:443: connect: connection refused",
                [],
            ),
        ],
    )
    def test_it_is_told_by_name(self, by: dict[str, str], message: str, names: list[str]) -> None:
        denial = classify(denied(message))
        assert denial is not None
        found = denied_by(PolicyRef.model_validate(by), denial, message, by_gatekeeper)
        assert [said.name for said in found] == names

    def test_warnings_are_told_apart_as_denials_are(self) -> None:
        native = (
            "299 - \"Validation failed for ValidatingAdmissionPolicy 'no-latest' with binding 'b': name a tag\"",
            '299 - "[trusted] not trusted"',
        )
        by = PolicyRef.model_validate({"validating-admission-policy": "no-latest"})
        assert warned_by(by, native, by_gatekeeper) == [Said("no-latest", "name a tag")]
        own = PolicyRef.model_validate({"gatekeeper": ""})
        assert warned_by(own, native, by_gatekeeper) == [Said("trusted", "not trusted")]

    def test_exactly_one_is_named(self) -> None:
        for wrong in ({}, {"gatekeeper": "", "validating-admission-policy": ""}):
            with pytest.raises(ValidationError, match="name one"):
                PolicyRef.model_validate(wrong)


MATRIX: dict[str, Any] = {
    "by": {"gatekeeper": "trusted"},
    "message": "not trusted",
    "denied": ["nginx", {"image": "docker.io/a", "init": "quay.io/b"}],
    "admitted": ["docker.io/nginx", {"workload": "docker.io/nginx"}],
}
NO = HOOK + "[trusted] not trusted image!"
POD: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": []}}


def graded(answers: Sequence[ProbeFact | Unavailable], params: dict[str, Any] = MATRIX, **facts: Any) -> Finding:
    """The verdict when the rows, in their order, get these answers."""
    matrix = PolicyMatrixParams.model_validate(params)
    needs = [row.need(matrix.carrier) for _, row in matrix.rows()]
    assert len(needs) == len(answers)
    found: dict[Need, Fact] = {**RUNNING, **dict(zip(needs, answers, strict=True)), **facts.get("more", {})}
    return judge("policy-matrix", params, node({}, found))


class TestMatrix:
    def test_all_right(self) -> None:
        assert graded([denied(NO), denied(NO), ADMITTED, ADMITTED]).outcome == "pass"

    def test_what_slips_through_costs_the_check(self) -> None:
        finding = graded([denied(NO), ADMITTED, ADMITTED, ADMITTED])
        assert (finding.outcome, finding.share) == ("fail", 0.0)
        assert finding.observed == "1 of 4 objects: an init container of quay.io/b is admitted"

    def test_what_is_refused_too_much_costs_its_part(self) -> None:
        finding = graded([denied(NO), denied(NO), denied(NO), ADMITTED])
        assert (finding.outcome, finding.share) == ("fail", 0.75)
        assert finding.observed == "1 of 4 objects: a pod of docker.io/nginx is denied by the constraint trusted"

    @pytest.mark.parametrize(
        ("answers", "seen"),
        [
            ([ADMITTED] * 4, "a pod of nginx is admitted"),
            ([denied(NO)] * 4, "a pod of docker.io/nginx is denied by the constraint trusted"),
        ],
    )
    def test_a_policy_that_decides_nothing_earns_nothing(self, answers: list[ProbeFact], seen: str) -> None:
        finding = graded([*answers])
        assert (finding.outcome, finding.share) == ("fail", 0.0)
        assert seen in finding.observed

    def test_a_denial_by_somebody_else_does_not_count(self) -> None:
        finding = graded([denied(NATIVE), denied(NO), ADMITTED, ADMITTED])
        assert "is denied, but the ValidatingAdmissionPolicy registry refused it" in finding.observed
        assert finding.share == 0.0

    def test_another_message_is_shown(self) -> None:
        finding = graded([denied(HOOK + "[trusted] no"), denied(NO), ADMITTED, ADMITTED])
        assert "the message does not say 'not trusted': no" in finding.observed
        assert finding.share == 0.75

    def test_denials_that_all_say_something_else_earn_nothing(self) -> None:
        finding = graded([denied(HOOK + "[trusted] no")] * 2 + [ADMITTED] * 2)
        assert (finding.outcome, finding.share) == ("fail", 0.0)

    def test_a_policy_that_cannot_be_evaluated_denies_nothing(self) -> None:
        native = {**MATRIX, "by": {"validating-admission-policy": "registry"}, "message": ""}
        finding = graded([denied(FAULTY)] * 2 + [ADMITTED] * 2, native)
        assert (finding.outcome, finding.share) == ("fail", 0.0)
        assert "only because the policy cannot be evaluated" in finding.observed
        assert "no such key: container" in finding.log

    def test_messages_that_name_the_image_of_the_row(self) -> None:
        named = {**MATRIX, "message": "", "names-image": True}
        says = HOOK + "[trusted] {} is bad"
        right = [denied(says.format("nginx")), denied(says.format("quay.io/b")), ADMITTED, ADMITTED]
        assert graded(right, named).outcome == "pass"
        finding = graded([denied(says.format("it")), *right[1:]], named)
        assert "the message does not say 'nginx'" in finding.observed

    def test_one_row_stands_for_all_whose_words_are_wrong(self) -> None:
        many = {**MATRIX, "denied": ["a", "b", "c", "docker.io.evil/d"]}
        finding = graded([*[denied(HOOK + "[trusted] no")] * 3, ADMITTED, ADMITTED, ADMITTED], many)
        assert finding.observed == (
            "4 of 6 objects: a pod of docker.io.evil/d is admitted; "
            "a pod of a is denied, but the message does not say 'not trusted': no; and 2 more"
        )

    def test_many_wrong_rows_are_counted(self) -> None:
        many = {**MATRIX, "denied": [f"quay.io/{number}" for number in range(6)]}
        finding = graded([*[ADMITTED] * 8], many)
        assert finding.observed.count("is admitted") == 3
        assert finding.observed.endswith("; and 3 more")

    def test_warnings(self) -> None:
        warned = {
            "by": {"validating-admission-policy": "no-latest"},
            "warned": ["nginx", "a:latest"],
            "admitted-without-warning": ["nginx:1", "b:2"],
        }
        header = (
            "299 - \"Validation failed for ValidatingAdmissionPolicy 'no-latest' with binding 'b': name a tag\""
        )
        loud = ProbeFact("admitted", 201, "", "", warnings=(header,))
        assert graded([loud, loud, ADMITTED, ADMITTED], warned).outcome == "pass"
        finding = graded([loud, ADMITTED, loud, ADMITTED], warned)
        assert "a pod of a:latest is admitted without a warning" in finding.observed
        assert "a pod of nginx:1 gets a warning" in finding.observed
        strict = graded([denied(NATIVE), loud, ADMITTED, ADMITTED], warned)
        assert "a pod of nginx is denied" in strict.observed

    @pytest.mark.parametrize(
        ("answer", "why"),
        [
            (ProbeFact("failed", 503, "", "etcdserver: request timed out"), "no answer for a pod of nginx"),
            (denied('pods "a" is forbidden: error looking up service account default/default'), "another reason"),
            (
                ProbeFact("failed", 500, "", 'failed calling webhook "validation.gatekeeper.sh": EOF'),
                "could not be asked (unreachable)",
            ),
        ],
    )
    def test_trouble_is_unknown(self, answer: Any, why: str) -> None:
        finding = graded([answer, denied(NO), ADMITTED, ADMITTED])
        assert (finding.outcome, why in finding.observed) == ("unknown", True), finding

    def test_a_namespace_that_the_learner_deleted_is_their_fault(self) -> None:
        finding = graded([denied('namespaces "default" not found', 404), denied(NO), ADMITTED, ADMITTED])
        assert (finding.outcome, finding.share) == ("fail", 0.0)
        assert "there is no namespace default any more" in finding.observed

    def test_a_carrier_that_cannot_be_made_again_is_unknown(self) -> None:
        finding = graded([Unavailable("the carrier cannot be made again"), denied(NO), ADMITTED, ADMITTED])
        assert (finding.outcome, finding.observed) == ("unknown", "the carrier cannot be made again")

    def test_an_api_server_that_is_down_is_never_a_pass(self) -> None:
        down = server(state="down")
        silent = graded([ProbeFact("failed", 0, "", "the API server is down")] * 4, more=down)
        assert (silent.outcome, silent.observed) == ("unknown", "the API server is down")
        assert graded([Unavailable("not ready", api_down=True)] * 4, more=down).outcome == "unknown"

    @pytest.mark.parametrize(
        ("state", "outcome", "seen"),
        [
            ({CONTROLLER: ObjectsFact(())}, "fail", "not installed"),
            ({CONTROLLER: ObjectsFact(({"spec": {"replicas": 0}},))}, "fail", "scaled down to 0"),
            ({WEBHOOKS: ObjectsFact(())}, "fail", "ValidatingWebhookConfiguration is gone"),
            ({WEBHOOKS: ObjectsFact(({"webhooks": []},))}, "fail", "has no webhook"),
            (
                {EVERY_WEBHOOK: ObjectsFact((configuration(), configuration("mine", "my-own")))},
                "fail",
                "the webhook validation.gatekeeper.sh of the configuration my-own does not lead to Gatekeeper's Service",
            ),
            ({CONTROLLER: ObjectsFact(({"spec": {"replicas": 1}},))}, "unknown", "does not run"),
        ],
    )
    def test_gatekeeper_itself(self, state: dict[Need, Fact], outcome: str, seen: str) -> None:
        finding = graded([denied(NO), denied(NO), ADMITTED, ADMITTED], more=state)
        assert (finding.outcome, seen in finding.observed) == (outcome, True), finding

    @pytest.mark.parametrize(
        ("change", "wrong"),
        [
            ({"denied": []}, "no policy at all would pass"),
            ({"admitted": []}, "a policy that refuses all would pass"),
            ({"denied": [{"ephemeral": "a"}]}, "need a carrier"),
            ({"denied": [{"update": "a"}]}, "need a carrier"),
            ({"denied": [{"image": "a", "workload": "b"}]}, "give one of"),
            ({"denied": [{"image": "a", "namespace": "b", "new-namespace": {}}]}, "not beside namespace"),
            (
                {"denied": [{"manifest": {"metadata": {"namespace": "a"}}, "namespace": "b"}]},
                "name no other beside it",
            ),
            (
                {"denied": [{"manifest": {"metadata": {"namespace": "a"}}, "new-namespace": {}}]},
                "name no other beside",
            ),
            ({"look-alikes": [{"registries": ["registry.lab.local"]}]}, "a slash at its end"),
            ({"look-alikes": [{}]}, "give one of registries and digest"),
            ({"look-alikes": [{"digest": True, "beside": "a"}]}, "goes with container: init"),
            ({"denied": [{"workload": "a", "init": "b"}]}, "go with image"),
            ({"quiet": ["a"]}, "'quiet' is a word of an earlier version: write `admitted-without-warning`"),
            ({"denied": [{"image": "a", "further": ["b"]}]}, "'further' .* write `extra-images`"),
            ({"denied": [{"image": "a", "because": "why"}]}, "'because' .* write `reason`"),
        ],
    )
    def test_a_matrix_that_proves_nothing_or_has_old_words_is_refused(
        self, change: dict[str, Any], wrong: str
    ) -> None:
        with pytest.raises(ValidationError, match=wrong):
            PolicyMatrixParams.model_validate({**MATRIX, **change})

    def test_what_somebody_made_under_the_name_that_gatekeeper_gives_does_not_count(self) -> None:
        finding = graded([denied(GENERATED), denied(NO), ADMITTED, ADMITTED])
        assert (finding.outcome, finding.share) == ("fail", 0.0)
        assert "but the ValidatingAdmissionPolicy gatekeeper-k8strustedimages refused it" in finding.observed

    @pytest.mark.parametrize(
        "row",
        [
            {"manifest": POD, "namespace": "b"},
            {"manifest": {**POD, "metadata": {"namespace": "b"}}},
            {"manifest": {**POD, "metadata": {"namespace": "b"}}, "namespace": "b"},
        ],
    )
    def test_a_manifest_is_tried_in_the_namespace_that_is_meant(self, row: dict[str, Any]) -> None:
        matrix = PolicyMatrixParams.model_validate({**MATRIX, "denied": [row]})
        assert matrix.denied[0].need(None).namespace == "b"

    def test_an_object_that_is_not_valid_says_nothing_of_the_policy(self) -> None:
        invalid = denied('Pod "a" is invalid: spec.containers[0].image: Required value', 422)
        finding = graded([invalid, denied(NO), ADMITTED, ADMITTED])
        assert (finding.outcome, "is no valid object" in finding.observed) == ("unknown", True)

    @pytest.mark.parametrize(("answer", "outcome"), [(ADMITTED, "fail"), (denied(NO), "pass")])
    def test_what_the_policy_speaks_of_is_tried(self, answer: ProbeFact, outcome: str) -> None:
        params = {
            **MATRIX,
            "denied": ["nginx", {"image": "nginx", "new-namespace": {}}],
            "admitted": ["docker.io/a"],
        }
        selector = {"matchExpressions": [{"key": "legacy", "operator": "DoesNotExist"}]}
        policies = [constraint(match={"labelSelector": selector, "excludedNamespaces": ["dev-*"]})]
        matrix = PolicyMatrixParams.model_validate(params)
        tempted = [need for _, _, need in tempted_rows(matrix.rows(), None, lambda: policies)]
        assert {need.namespace for need in tempted} > {"default"}
        more = {
            TEMPLATES: ObjectsFact((template(),)),
            KIND: ObjectsFact(tuple(policies)),
            **dict.fromkeys(tempted, answer),
        }
        finding = graded([denied(NO), denied(NO), ADMITTED], params, more=more)
        assert (finding.outcome, finding.share) == (outcome, 1.0 if outcome == "pass" else 0.0)
        assert ("with the labels and annotations" in finding.observed) == (outcome == "fail")

    def test_what_the_webhook_is_never_asked_about_is_tried(self) -> None:
        params = {**MATRIX, "denied": ["nginx", {"image": "nginx", "new-namespace": {}}], "admitted": ["a"]}
        hook = {
            **configuration()["webhooks"][0],
            "objectSelector": {"matchExpressions": [{"key": "hotfix", "operator": "DoesNotExist"}]},
            "namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["ops"]}]},
        }
        webhooks = ObjectsFact(({"metadata": {"name": "its-own"}, "webhooks": [hook]},))
        by = PolicyRef(gatekeeper="")
        policies = policies_of(by, node({}, {**RUNNING, WEBHOOKS: webhooks}))
        matrix = PolicyMatrixParams.model_validate(params)
        tempted = [need for _, _, need in tempted_rows(matrix.rows(), None, lambda: policies)]
        assert any("hotfix" in need.manifest for need in tempted)
        spaces = [need.namespace for need in tempted if isinstance(need.namespace, NewNamespace)]
        assert any(("team", "ops") in one.labels for one in spaces)

    @pytest.mark.parametrize("kind", ["init", "ephemeral"])
    def test_other_kinds_of_containers_are_tried_under_names_that_are_spared(self, kind: str) -> None:
        row = {"init": {"image": "ok", "init": "nginx"}, "ephemeral": {"ephemeral": "nginx"}}[kind]
        params = {**MATRIX, "denied": [row], "carrier": {"name": "c", "image": "ok"}}
        matrix = PolicyMatrixParams.model_validate(params)
        rule = "object.spec.initContainers.all(c, c.name == 'mesh' || c.name == 'main' || c.image == 'ok' || c.tty)"
        policies = [{"spec": {"validations": [{"expression": rule}]}}]
        tempted = [need for _, _, need in tempted_rows(matrix.rows(), matrix.carrier, lambda: policies)]
        pods = [json.loads(need.manifest)["spec"] for need in tempted]
        containers = [pod[f"{kind}Containers"][0] for pod in pods]
        assert {"mesh", "main"} <= {one["name"] for one in containers}
        assert {one["image"] for one in containers} == {"nginx"}
        assert any(one.get("tty") for one in containers)
        assert all(pod["containers"][0]["image"] == "ok" for pod in pods)
        if kind == "init":
            assert all(pod["containers"][0]["name"] != pod["initContainers"][0]["name"] for pod in pods)

    def test_a_matrix_that_does_not_say_where_the_policy_holds_is_tried_as_it_stands(self) -> None:
        matrix = PolicyMatrixParams.model_validate({**MATRIX, "denied": ["nginx"], "admitted": ["a"]})
        assert list(tempted_rows(matrix.rows(), None, lambda: [1 / 0])) == []  # type: ignore[list-item]

    def test_what_the_first_wrong_object_was_called_is_told(self) -> None:
        sent = Sent("orders-x2x2x", "default", (("app", "orders"),))
        finding = graded([replace(ADMITTED, sent=sent), denied(NO), ADMITTED, ADMITTED])
        assert finding.message == "The first of them was called orders-x2x2x with the labels app=orders."

    def test_rows_become_requests(self) -> None:
        matrix = PolicyMatrixParams.model_validate(
            {**MATRIX, "carrier": {"name": "c", "image": "ok"}, "denied": [{"ephemeral": "bad", "namespace": "n"}]}
        )
        ephemeral, plain, workload = [row.need(matrix.carrier) for _, row in matrix.rows()]
        assert (ephemeral.via, ephemeral.namespace, plain.via, workload.via) == (
            "ephemeral",
            "n",
            "create",
            "workload",
        )
        assert '"ephemeralContainers":[{"image":"bad","name":"debug"}]' in ephemeral.manifest
        assert isinstance(plain, ProbeNeed)
        assert CHECK_TYPES["policy-matrix"].live(matrix)


KIND = ObjectNeed("constraints.gatekeeper.sh/v1beta1", "K8sTrustedImages")
PARSE = (
    "Could not ingest Rego: invalid ConstraintTemplate: 1 error occurred: template:4: rego_parse_error: "
    'unexpected string token: expected "," or ")"'
)


def template(name: str = "k8strustedimages", kind: str = "K8sTrustedImages", **status: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "spec": {"crd": {"spec": {"names": {"kind": kind}}}},
        "status": {"created": True, **status},
    }


def by_pod(*messages: str) -> list[dict[str, Any]]:
    errors = [{"code": "ingest_error", "message": message} for message in messages]
    return [{"id": "one", "errors": errors}, {"id": "two", "errors": errors}]


class TestTemplate:
    @pytest.mark.parametrize(
        ("items", "seen"),
        [
            ([template()], ""),
            ([], "there is no ConstraintTemplate k8strustedimages"),
            ([template("other", "Other")], "there is no ConstraintTemplate k8strustedimages, there is other"),
            ([template("x-y")], "a template that makes K8sTrustedImages is there under the name x-y"),
            ([template(kind="K8sTrustedimages")], "it makes constraints of the kind K8sTrustedimages"),
            ([template(byPod=by_pod(PARSE), created=False)], "template:4: rego_parse_error"),
            ([template(created=False)], "has not taken it up"),
            ([{"metadata": {"name": "k8strustedimages"}}], "it makes constraints of the kind "),
        ],
    )
    def test_what_is_wrong(self, items: list[dict[str, Any]], seen: str) -> None:
        evidence = Evidence({TEMPLATES: ObjectsFact(tuple(items)), KIND: ObjectsFact(())})
        finding = judge("constraint-template", {"kind": "K8sTrustedImages"}, evidence)
        assert (finding.outcome, seen in finding.observed) == ("fail" if seen else "pass", True), finding

    def test_a_missing_rule_is_explained(self) -> None:
        says = "Could not ingest Rego: invalid ConstraintTemplate: invalid rego: invalid module: missing required rules: [violation]"
        items = (template(byPod=by_pod(says), created=False),)
        evidence = Evidence({TEMPLATES: ObjectsFact(items), KIND: ObjectsFact((), served=False)})
        finding = judge("constraint-template", {"kind": "K8sTrustedImages"}, evidence)
        assert finding.message == "A template's Rego has a rule that is called violation."

    def test_without_gatekeeper_and_without_an_api_server(self) -> None:
        nothing = ObjectsFact((), served=False)
        finding = judge(
            "constraint-template", {"kind": "K8sTrustedImages"}, Evidence({TEMPLATES: nothing, KIND: nothing})
        )
        assert "Gatekeeper is not installed" in finding.observed
        for check in ("constraint-template", "constraint"):
            for down in (True, False):
                gone: dict[Need, Fact] = dict.fromkeys((TEMPLATES, KIND), Unavailable("no answer", api_down=down))
                evidence = node({}, {**gone, **server(state="down")})
                finding = judge(check, {"kind": "K8sTrustedImages"}, evidence)
                assert (finding.outcome, finding.observed) == ("unknown", "no answer")


def constraint(name: str = "trusted", **spec: Any) -> dict[str, Any]:
    match = {"kinds": [{"apiGroups": [""], "kinds": ["Pod"]}]}
    return {"metadata": {"name": name}, "spec": {"match": match, **spec}}


def scoped(action: str, point: str) -> dict[str, Any]:
    return {
        "enforcementAction": "scoped",
        "scopedEnforcementActions": [{"action": action, "enforcementPoints": [{"name": point}]}],
    }


class TestConstraint:
    @pytest.mark.parametrize(
        ("items", "seen"),
        [
            ([constraint()], ""),
            ([constraint(enforcementAction="deny")], ""),
            ([constraint(**scoped("deny", "validation.gatekeeper.sh"))], ""),
            ([constraint(**scoped("deny", "audit.gatekeeper.sh"))], "scoped to nothing"),
            ([constraint(match={})], ""),
            ([], "there is none"),
            ([constraint("other")], "there is none of that name, there is other"),
            ([constraint(enforcementAction="dryrun")], "trusted: its enforcementAction is dryrun"),
            ([constraint(enforcementAction="warn")], "its enforcementAction is warn"),
            ([constraint(match={"kinds": [{"apiGroups": ["apps"], "kinds": ["Deployment"]}]})], '"Deployment"'),
            ([{**constraint(), "status": {"byPod": by_pod("bad parameters")}}], "bad parameters"),
        ],
    )
    def test_what_is_wrong(self, items: list[dict[str, Any]], seen: str) -> None:
        params = {"kind": "K8sTrustedImages", "name": "trusted", "matches": "Pod"}
        finding = judge("constraint", params, Evidence({KIND: ObjectsFact(tuple(items))}))
        assert (finding.outcome, seen in finding.observed) == ("fail" if seen else "pass", True), finding

    def test_one_of_several_is_enough_without_a_name(self) -> None:
        items = (constraint("a", enforcementAction="warn"), constraint("b"))
        evidence = Evidence({KIND: ObjectsFact(items)})
        assert judge("constraint", {"kind": "K8sTrustedImages"}, evidence).outcome == "pass"

    def test_a_kind_that_no_template_made(self) -> None:
        evidence = Evidence({KIND: ObjectsFact((), served=False)})
        finding = judge("constraint", {"kind": "K8sTrustedImages"}, evidence)
        assert "no template has made this kind" in finding.observed

    @pytest.mark.parametrize(
        ("entry", "right"),
        [
            ({"apiGroups": [""], "kinds": ["Pod"]}, True),
            ({"apiGroups": ["*"], "kinds": ["*"]}, True),
            ({"kinds": ["Pod"]}, True),
            ({"apiGroups": ["v1"], "kinds": ["Pod"]}, False),
            ({"apiGroups": [""], "kinds": ["Pods"]}, False),
        ],
    )
    def test_what_matches_pods(self, entry: dict[str, Any], right: bool) -> None:
        assert (unmatched({"kinds": [entry]}, "Pod") == "") is right
