"""`constraint-trial`: parameters that are written into a rule are found out by other parameters."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from ckslab.cluster.api import Answer
from ckslab.evidence import Evidence, Need, Unavailable
from ckslab.needs import constraint_trial
from ckslab.needs.constraint_trial import ConstraintTrialFact, ConstraintTrialNeed
from ckslab.needs.objects import TRIAL, ObjectNeed, ObjectsFact, objects, trial_match
from ckslab.probing.gatekeeper import CONTROLLER, EVERY_WEBHOOK, WEBHOOKS
from tests.support.checks_evidence import judge

PARAMS = {"kind": "K8sRepos", "parameters": {"repos": ["own/"]}, "refused": ["a/x", "b/x"], "admitted": ["own/x"]}
NEED = ConstraintTrialNeed("K8sRepos", '{"repos":["own/"]}', ("a/x", "b/x", "own/x"))
HOOK = {
    "name": "validation.gatekeeper.sh",
    "clientConfig": {"service": {"namespace": "gatekeeper-system", "name": "gatekeeper-webhook-service"}},
}
HOOKS = ObjectsFact(({"metadata": {"name": "its-own"}, "webhooks": [HOOK]},))
RUNS: dict[Need, Any] = {
    CONTROLLER: ObjectsFact(({"spec": {"replicas": 1}, "status": {"availableReplicas": 1}},)),
    WEBHOOKS: HOOKS,
    EVERY_WEBHOOK: HOOKS,
}

CASES = [
    (ConstraintTrialFact((True, True, False)), "pass", ""),
    (ConstraintTrialFact((False, True, False)), "fail", "it lets a pod of a/x in"),
    (ConstraintTrialFact((True, False, True)), "fail", "it lets a pod of b/x in"),
    (ConstraintTrialFact((True, True, True)), "fail", "it refuses a pod of own/x"),
    (ConstraintTrialFact(problem="spec.parameters.repos: Invalid value"), "fail", "Invalid value"),
    (Unavailable("Gatekeeper does not take up a constraint"), "unknown", "does not take up"),
]


@pytest.mark.parametrize(("fact", "outcome", "seen"), CASES)
def test_constraint_trial(fact: Any, outcome: str, seen: str) -> None:
    finding = judge("constraint-trial", PARAMS, Evidence({NEED: fact, **RUNS}))
    assert (finding.outcome, seen in finding.observed) == (outcome, True), finding


def test_a_gatekeeper_that_does_not_run_decides_nothing() -> None:
    idle = {**RUNS, CONTROLLER: ObjectsFact(({"spec": {"replicas": 1}, "status": {}},))}
    assert judge("constraint-trial", PARAMS, Evidence({NEED: ConstraintTrialFact(), **idle})).outcome == "unknown"


class Cluster:
    """Answers as an API server with Gatekeeper would: rule(image, repos) says whether a template's rule refuses."""

    def __init__(self, rule: Any) -> None:
        self.rule, self.asked = rule, 0
        self.constraints: dict[str, Any] = {"left": {"metadata": {"name": "left"}}}

    def path_of(self, *_: Any) -> str:
        return "/constraints"

    def request(self, method: str, path: str, body: Any = None) -> Answer:
        if method == "POST" and "pods" in path:
            return self._review(body)
        if method == "POST":
            self.constraints[body["metadata"]["name"]] = body
            return Answer(201, body, "")
        if method == "DELETE":
            del self.constraints[path.rpartition("/")[2]]
            return Answer(200, {}, "")
        if "labelSelector" in path:
            return Answer(200, {"items": list(self.constraints.values())}, "")
        return Answer(200, {"status": {"byPod": [{"enforced": True, "operations": ["webhook"]}]}}, "")

    def _review(self, pod: Any) -> Answer:
        self.asked += 1
        image, labels = pod["spec"]["containers"][0]["image"], pod["metadata"]["labels"]
        for name, one in self.constraints.items():
            chosen = one["spec"]["match"]["labelSelector"]["matchLabels"] == labels
            if self.asked > 4 and chosen and self.rule(image, one["spec"]["parameters"]["repos"]):
                return Answer(403, {}, json.dumps({"message": f"[{name}] no"}))
        return Answer(201, {}, "")


RULES = [
    (lambda image, repos: not image.startswith(tuple(repos)), (True, True, False)),
    (lambda image, repos: not image.startswith(("a/", "b/")), (False, False, True)),
    (lambda image, repos: False, (False, False, False)),
]


@pytest.mark.parametrize(("rule", "refused"), RULES)
def test_a_constraint_of_ours_is_tried_and_goes_again(
    rule: Any, refused: tuple[bool, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constraint_trial, "ENFORCED_SECONDS", 0.5)
    cluster = Cluster(rule)
    assert constraint_trial.tried(cluster, NEED) == ConstraintTrialFact(refused)  # type: ignore[arg-type]
    assert cluster.constraints == {}


def test_only_a_constraint_that_means_its_own_trial_alone_is_none_of_the_learners_objects() -> None:
    """A label hides nothing: whatever does anything to others' Pods is seen, and so are other kinds."""

    def seen(spec: Any, labels: Any) -> int:
        item = {"metadata": {"name": "a", "labels": labels}, "spec": spec}
        answer = Answer(200, {"items": [item]}, "")
        api: Any = SimpleNamespace(path_of=lambda *_: "/", request=lambda *_: answer)
        found = objects(api, ObjectNeed("v1", "Pod"))
        assert isinstance(found, ObjectsFact)
        return len(found.items)

    label = {TRIAL: "n"}
    assert seen({"match": trial_match("n"), "parameters": {}}, label) == 0
    every_pod = {"kinds": [{"apiGroups": [""], "kinds": ["Pod"]}]}
    for spec in ({"match": every_pod}, {"match": trial_match("m")}, {"replicas": 1}, {}, None):
        assert seen(spec, label) == 1
    assert seen({"match": trial_match("n")}, None) == 1
