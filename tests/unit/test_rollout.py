"""How far a workload has come: what counts is its present template, and who waits is told what it waits for."""

from __future__ import annotations

from typing import Any

import pytest

from ckslab.kubernetes.rollout import of_present_template, rollout

DONE = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}


def workload(status: dict[str, Any], replicas: int | None = 2, kind: str = "Deployment") -> dict[str, Any]:
    spec = {} if replicas is None else {"replicas": replicas}
    return {"kind": kind, "metadata": {"generation": 2, "uid": "u"}, "spec": spec, "status": status}


def pod(reason: str = "", **labels: str) -> dict[str, Any]:
    state = {"waiting": {"reason": reason}} if reason else {"running": {}}
    status = {"name": "c", "ready": not reason, "state": state}
    phase = "Pending" if reason else "Running"
    return {"metadata": {"labels": labels}, "status": {"phase": phase, "containerStatuses": [status]}}


def replica_set(template: str, revision: Any, owner: str = "u") -> dict[str, Any]:
    metadata = {
        "labels": {"pod-template-hash": template},
        "annotations": {"deployment.kubernetes.io/revision": revision},
        "ownerReferences": [{"uid": owner}],
    }
    return {"metadata": metadata}


def test_one_that_is_done() -> None:
    assert rollout(workload(DONE), [pod(), pod()]).words == ""
    one = {**DONE, **{key: 1 for key in DONE if key != "observedGeneration"}}
    assert rollout(workload(one, None), [pod()]).words == ""


def test_scaled_to_nothing_is_not_done() -> None:
    assert rollout(workload({"observedGeneration": 2}, 0), []).words == "it is scaled to 0 pods"


@pytest.mark.parametrize(
    "status",
    [
        {},
        {**DONE, "observedGeneration": 1},
        {**DONE, "updatedReplicas": 1},
        {**DONE, "readyReplicas": 1},
        {**DONE, "availableReplicas": 1},
        {**DONE, "replicas": 3},
        {**DONE, "replicas": "2"},
        {**DONE, "readyReplicas": True},
    ],
)
def test_one_that_is_on_its_way(status: dict[str, Any]) -> None:
    found = rollout(workload(status), [pod("ContainerCreating")])
    assert found.words
    assert found.passing


def test_a_pod_that_cannot_start_ends_the_waiting() -> None:
    stuck = rollout(workload({**DONE, "readyReplicas": 0}), [pod("ContainerCreating"), pod("ErrImagePull")])
    assert stuck.words == "0 of 2 pods are of the present template and ready: container c waits: ErrImagePull"
    assert not stuck.passing


def test_one_that_is_paused_does_not_go_on_by_itself() -> None:
    paused = workload({**DONE, "updatedReplicas": 0})
    paused["spec"]["paused"] = True
    assert (rollout(paused, []).words, rollout(paused, []).passing) == ("its rollout is paused", False)
    done = workload(DONE)
    done["spec"]["paused"] = True
    assert rollout(done, []).words == ""


def test_a_pod_that_is_going_says_nothing() -> None:
    going = pod("ErrImagePull")
    going["metadata"]["deletionTimestamp"] = "now"
    assert rollout(workload({**DONE, "readyReplicas": 1}), [going]).passing


def test_pods_that_cannot_be_made_are_told() -> None:
    condition = {"type": "ReplicaFailure", "message": "forbidden: serviceaccount not found"}
    found = rollout(workload({**DONE, "readyReplicas": 0, "conditions": [condition]}), [])
    assert found.words.endswith("forbidden: serviceaccount not found")
    assert not found.passing


def test_pods_of_the_newest_replica_set_are_those_of_the_template() -> None:
    old, new = pod(**{"pod-template-hash": "a"}), pod(**{"pod-template-hash": "b"})
    sets = [replica_set("b", "10"), replica_set("a", "9"), replica_set("c", "99", "other"), replica_set("d", "x")]
    assert of_present_template(workload(DONE), sets, [old, new]) == [new]
    assert of_present_template(workload(DONE), [], [old, new]) == []


def test_pods_of_a_stateful_set() -> None:
    old, new = pod(**{"controller-revision-hash": "a"}), pod(**{"controller-revision-hash": "b"})
    status = {**DONE, "updateRevision": "b"}
    assert of_present_template(workload(status, kind="StatefulSet"), [], [old, new]) == [new]
    assert of_present_template(workload(DONE, kind="StatefulSet"), [], [old, pod()]) == []
