"""Checks on objects, commands, pods and the API server itself, and statements made of several."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ckslab.checks import CHECK_TYPES
from ckslab.evidence import Evidence, Unavailable
from ckslab.needs.command import CommandFact, CommandNeed
from ckslab.needs.objects import ObjectNeed, ObjectsFact
from ckslab.needs.running_pod import RunningPodFact, RunningPodNeed
from tests.support.checks_evidence import CONFIG, CONFIG_PATH, judge, node, server


def deployment(name: str, replicas: int, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "n", "labels": labels}, "spec": {"replicas": replicas}}


ITEMS = (deployment("a", 0, app="x"), deployment("b", 2))
KIND = {"api-version": "apps/v1", "kind": "Deployment", "namespace": "n"}
NEED = ObjectNeed("apps/v1", "Deployment", "n")

OBJECTS = [
    ({"match": {"spec.replicas": 0}}, ""),
    ({"match": {"spec.replicas": 7}}, "n/a: spec.replicas: it is 0"),
    ({"match": {"spec.replicas": 0}, "quantifier": "all"}, "n/b: spec.replicas: it is 2"),
    ({"match": {"spec.replicas": {"one-of": [0, 2]}}, "quantifier": "all"}, ""),
    ({"match": {"spec.replicas": 7}, "quantifier": "none"}, ""),
    ({"match": {"spec.replicas": 2}, "quantifier": "none"}, "n/b"),
    ({"quantifier": "exactly 2"}, ""),
    ({"quantifier": "exactly 1"}, "2 do"),
    ({"match": {"spec.replicas": 0}, "quantifier": "exactly 1"}, ""),
    ({"labels": {"app": "x"}, "match": {"spec.replicas": 2}}, "n/a"),
    (
        {"labels": {"app": "z"}, "match": {"spec.replicas": {"absent": False}}, "quantifier": "all"},
        "no such object",
    ),
    ({"match": {"spec.paused": {"absent": True}}, "quantifier": "all"}, ""),
]


@pytest.mark.parametrize(("params", "wrong"), OBJECTS)
def test_object(params: dict[str, Any], wrong: str) -> None:
    finding = judge("object", {**KIND, **params}, Evidence({NEED: ObjectsFact(ITEMS)}))
    assert (finding.outcome, wrong in finding.observed) == ("fail" if wrong else "pass", True), finding


LEAVES = deployment("c", 7)
LEAVES["metadata"]["deletionTimestamp"] = "2026"


@pytest.mark.parametrize(
    ("params", "wrong"),
    [
        ({"match": {"spec.replicas": 7}}, "n/c: it is being deleted"),
        ({"match": {"spec.replicas": 7}, "quantifier": "none"}, "1 do: n/c"),
        ({"match": {"spec.replicas": 7}, "quantifier": "exactly 1"}, "n/c: it is being deleted"),
        ({"quantifier": "exactly 2"}, "3 do"),
        ({"match": {"spec.replicas": {"absent": False}}, "quantifier": "all"}, ""),
    ],
)
def test_an_object_that_is_being_deleted_is_nothing_that_stays(params: dict[str, Any], wrong: str) -> None:
    finding = judge("object", {**KIND, **params}, Evidence({NEED: ObjectsFact((*ITEMS, LEAVES))}))
    assert (finding.outcome, wrong in finding.observed) == ("fail" if wrong else "pass", True), finding


def test_objects_while_the_api_server_is_down() -> None:
    down = node({}, {NEED: Unavailable("down", api_down=True), **server(state="down")})
    assert judge("object", KIND, down).outcome == "unknown"
    alone = judge("object", KIND, node({}))
    assert (alone.outcome, alone.observed) == ("unknown", "graded from files alone")


LIVE_CHECKS = {
    "admission": [{"image": "x:1", "admitted": True}],
    "command": {"argv": ["x"]},
    "constraint": {"kind": "K8sTrustedImages"},
    "constraint-template": {"kind": "K8sTrustedImages"},
    "object": {"api-version": "v1", "kind": "Pod"},
    "pod-running": {"name": "probe"},
    "policy-matrix": {"by": {"gatekeeper": "c"}, "denied": ["x:1"], "admitted": ["y:1"]},
}


@pytest.mark.parametrize("name", LIVE_CHECKS)
def test_every_live_check_fails_with_the_cause_where_only_the_api_server_keeps_its_facts_away(name: str) -> None:
    log = 'E1123 16:00:00.000000       1 run.go:72] "command failed" err="valid value is between 1s and 30m0s, got 2h"'
    check = CHECK_TYPES[name]
    needs = check.needs(check.params.model_validate(LIVE_CHECKS[name]))
    facts = {need: Unavailable("down", api_down=True) for need in needs}
    broken = {CONFIG_PATH: CONFIG.replace("denyTTL: 50", "denyTTL: 7200")}
    found = judge(name, LIVE_CHECKS[name], node(broken, {**facts, **server(state="down", log=(log,))}))
    assert (found.outcome, found.share) == ("fail", 0.0)
    assert found.where is not None
    assert found.where.path == CONFIG_PATH
    assert "valid value is between" in found.log
    assert found.expected or name == "command"
    unexplained = judge(name, LIVE_CHECKS[name], node({}, {**facts, **server(state="down")}))
    assert (unexplained.outcome, unexplained.observed) == ("unknown", "down")


COMMANDS = [
    ({}, CommandFact(0, "", ""), ""),
    ({}, CommandFact(1, "", "no such thing\n"), "it exits 1"),
    ({"exit-code": 1}, CommandFact(1, "", ""), ""),
    ({"stdout": "yes"}, CommandFact(0, "yes\n", ""), ""),
    ({"stdout": {"contains": "es"}}, CommandFact(0, "yes\n", ""), ""),
    ({"stdout": {"matches": "^n"}}, CommandFact(0, "yes\n", ""), "it is yes"),
]


@pytest.mark.parametrize(("params", "fact", "wrong"), COMMANDS)
def test_command(params: dict[str, Any], fact: CommandFact, wrong: str) -> None:
    finding = judge("command", {"argv": ["x", "y"], **params}, Evidence({CommandNeed(("x", "y")): fact}))
    assert (finding.outcome, wrong in finding.observed) == ("fail" if wrong else "pass", True), finding


READY = {"name": "main", "ready": True, "state": {"running": {}}}
WAITING = {"name": "main", "ready": False, "state": {"waiting": {"reason": "ImagePullBackOff"}}}
SCHEDULED = {"type": "PodScheduled", "status": "True"}
UNSCHEDULABLE = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available"}
PODS: list[tuple[Any, str]] = [
    (None, "no such pod"),
    ({"status": {"phase": "Running", "containerStatuses": [READY]}}, ""),
    ({"status": {"phase": "Pending", "containerStatuses": [WAITING]}}, "ImagePullBackOff"),
    (
        {"status": {"phase": "Running", "containerStatuses": [{"name": "main", "ready": False}]}},
        "not ready: main",
    ),
    ({"status": {"phase": "Running"}}, "no container has started"),
    ({"status": {"phase": "Succeeded"}}, "Succeeded"),
    ({"status": {"phase": "Failed", "reason": "Evicted", "message": "no disk"}}, "Failed (Evicted: no disk)"),
    ({"status": {"phase": "Pending"}}, "no scheduler has looked at it"),
    ({"status": {"phase": "Pending", "conditions": [SCHEDULED]}}, "it has a node"),
    ({"status": {"phase": "Pending", "conditions": [UNSCHEDULABLE]}}, "PodScheduled is False: 0/1 nodes"),
    ({"metadata": {"deletionTimestamp": "x"}, "status": {"phase": "Running"}}, "being deleted"),
    ({"spec": {"containers": [{"image": "app:2"}]}}, "app:2"),
]


@pytest.mark.parametrize(("pod", "wrong"), PODS)
def test_pod_running(pod: Any, wrong: str) -> None:
    found = None if pod is None else {"spec": {"containers": [{"image": "app:1"}]}, **pod}
    evidence = Evidence({RunningPodNeed("default", "probe"): RunningPodFact(found, "FailedMount: no such folder")})
    finding = judge("pod-running", {"name": "probe", "image": "app:1"}, evidence)
    assert (finding.outcome, wrong in finding.observed) == ("fail" if wrong else "pass", True), finding
    if pod is not None and wrong and "spec" not in pod:
        assert "no such folder" in finding.message


def test_apiserver_ready() -> None:
    ready = node({}, server(state="ready", version="v1.35.4"))
    assert judge("apiserver-ready", {}, ready).outcome == "pass"
    assert judge("apiserver-ready", {"version": "v1.35.4"}, ready).outcome == "pass"
    assert judge("apiserver-ready", {"version": "v1.34.0"}, ready).outcome == "fail"
    assert judge("apiserver-ready", {}, node({}, server(state="not-ready"))).outcome == "unknown"


A = {"file": {"path": "/a"}}
B = {"file": {"path": "/b"}}
LIVE = {"command": {"argv": ["x"]}}


def test_all_of() -> None:
    both, one = node({"/a": "", "/b": ""}), node({"/a": ""})
    assert judge("all-of", {"checks": [A, B]}, both).outcome == "pass"
    for given, share in (({}, 0.0), ({"each-earns": True}, 0.5)):
        half = judge("all-of", {"checks": [A, B], **given}, one)
        assert (half.outcome, half.share) == ("fail", share)
        assert half.expected == "/b: file"
    assert judge("all-of", {"checks": [A, B], "at-least": 1}, one).outcome == "pass"
    assert judge("all-of", {"checks": [A, LIVE]}, one).outcome == "unknown"
    assert judge("all-of", {"checks": [A, {"all-of": {"checks": [A]}}]}, one).outcome == "pass"


def test_a_part_that_fails_decides_it_whatever_the_others_are() -> None:
    assert judge("all-of", {"checks": [LIVE, B, A]}, node({"/a": ""})).outcome == "fail"
    assert judge("all-of", {"checks": [LIVE, B, A], "at-least": 2}, node({"/a": ""})).outcome == "unknown"
    assert judge("all-of", {"checks": [LIVE, B, A], "at-least": 2}, node({})).outcome == "fail"


def test_all_of_is_not_graded_where_a_part_of_it_cannot_be_graded_so() -> None:
    """Where each part earns, a failed one does not decide it: what the other would have earned is not known."""
    beyond = {CommandNeed(("x",)): Unavailable("only a lab knows", not_applicable=True)}
    for files in ({"/a": ""}, {}):
        found = judge("all-of", {"checks": [B, A, LIVE], "each-earns": True}, node(files, beyond))
        assert (found.outcome, found.not_applicable) == ("unknown", True)
    passed = judge("all-of", {"checks": [A, LIVE], "at-least": 1}, node({"/a": ""}, beyond))
    assert (passed.outcome, passed.not_applicable) == ("pass", False)
    trouble = judge("all-of", {"checks": [A, LIVE]}, node({"/a": ""}))
    assert (trouble.outcome, trouble.not_applicable) == ("unknown", False)


def test_all_of_is_live_and_names_paths_as_its_parts() -> None:
    check = CHECK_TYPES["all-of"]
    live = check.params.model_validate({"checks": [A, LIVE]})
    assert check.live(live)
    assert list(check.paths(live)) == ["/a"]
    assert not check.live(check.params.model_validate({"checks": [A]}))


@pytest.mark.parametrize(
    "params",
    [
        {"checks": []},
        {"checks": [{"nothing": {}}]},
        {"checks": [{"file": {"path": "x"}}]},
        {"checks": [{**A, **LIVE}]},
        {"checks": [A], "at-least": 2},
    ],
)
def test_all_of_validates_its_parts(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CHECK_TYPES["all-of"].params.model_validate(params)


def test_all_of_tells_the_new_word_for_an_old_one() -> None:
    matrix = {"by": {"gatekeeper": "a"}, "denied": ["b"], "quiet": ["c"]}
    with pytest.raises(ValidationError, match=r"policy-matrix: 'quiet' .* write `admitted-without-warning`"):
        CHECK_TYPES["all-of"].params.model_validate({"checks": [{"policy-matrix": matrix}]})
