"""How far a workload has come: its Pods tell, by what they are made of, and who waits is told what it waits for."""

from __future__ import annotations

from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest

from ckslab.evidence import Evidence, Finding, Unavailable
from ckslab.kubernetes.image_digests import StoredImage
from ckslab.kubernetes.pod_state import obstacle
from ckslab.kubernetes.running_workloads import made_of_template, rollout_obstacle, unavailable
from ckslab.kubernetes.workloads import Workload, read_workload
from ckslab.needs.initial_store import InitialStoreFact, InitialStoreNeed
from ckslab.needs.rollout import RolloutFact, RolloutNeed, _get
from tests.support.checks_evidence import judge

RIGHT, OTHER, ID, OTHERS_ID = (f"sha256:{letter * 64}" for letter in "abcd")
STORE = (
    StoredImage(("r.lab/web:1", f"r.lab/web@{RIGHT}"), frozenset({RIGHT}), frozenset({"sha256:id", ID})),
    StoredImage(("r.lab/web:2", f"r.lab/web@{OTHER}"), frozenset({OTHER}), frozenset({OTHERS_ID})),
)
LABELS = {"app": "web", "tier": "front"}
SPEC: dict[str, Any] = {
    "containers": [{"name": "c", "image": "r.lab/web:1", "imagePullPolicy": "IfNotPresent", "resources": {}}],
    "volumes": [{"name": "v", "emptyDir": {}}],
    "serviceAccountName": "own",
    "affinity": {},
}


def deployment(replicas: int | None = 2, image: str = "r.lab/web:1", **spec: Any) -> dict[str, Any]:
    pods = deepcopy(SPEC)
    pods["containers"][0]["image"] = image
    template = {"metadata": {"labels": LABELS, "annotations": {"restarted": "now"}}, "spec": pods}
    return {
        "metadata": {"generation": 2, "name": "web", "uid": "u"},
        "spec": {"template": template} | ({} if replicas is None else {"replicas": replicas}) | spec,
        "status": {"observedGeneration": 2, "availableReplicas": 9, "readyReplicas": 9, "updatedReplicas": 9},
    }


def replica_set(name: str = "web-1", owner: str = "u") -> dict[str, Any]:
    made = {
        "name": name,
        "uid": name,
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "uid": owner, "controller": True}],
    }
    return {"metadata": made, "spec": {"replicas": 2}}


def pod(
    name: str = "web-1-x", reason: str = "", image_id: str = f"r.lab/web@{RIGHT}", **spec: Any
) -> dict[str, Any]:
    """One as admission leaves it: with more than the template says."""
    its = deepcopy(SPEC) | {"nodeName": "n", "tolerations": [{"key": "k"}], "affinity": {"nodeAffinity": {}}}
    its["containers"][0] |= {"volumeMounts": [{"name": "token"}], "resources": {"limits": {"cpu": 1}}}
    its["volumes"] += [{"name": "token", "projected": {}}]
    state = {"waiting": {"reason": reason}} if reason else {"running": {}}
    status = {"name": "c", "ready": not reason, "state": state, "imageID": image_id}
    owner = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "uid": "web-1", "controller": True}]
    return {
        "metadata": {
            "name": name,
            "uid": name,
            "labels": {**LABELS, "pod-template-hash": "1"},
            "annotations": {"restarted": "now", "cni": "x"},
            "ownerReferences": owner,
        },
        "spec": its | spec,
        "status": {"phase": "Pending" if reason else "Running", "containerStatuses": [status]},
    }


def container(**more: Any) -> dict[str, Any]:
    return {"containers": [SPEC["containers"][0] | more]}


def read(workload: dict[str, Any], *pods: dict[str, Any]) -> tuple[Workload, list[Workload]]:
    first = read_workload(workload, "Deployment")
    return first, [first, read_workload(replica_set(), "ReplicaSet"), *(read_workload(one, "Pod") for one in pods)]


def seen(workload: dict[str, Any], *pods: dict[str, Any]) -> tuple[str, bool]:
    found = rollout_obstacle(*read(workload, *pods))
    return (found.words, found.passing) if found else ("", False)


def test_one_that_is_done() -> None:
    assert seen(deployment(), pod("a"), pod("b")) == ("", False)
    assert seen(deployment(None), pod()) == ("", False)
    assert seen(deployment(paused=True), pod("a"), pod("b")) == ("", False)


def test_a_status_is_not_believed_where_the_pods_say_otherwise() -> None:
    """As it is while no controller manager runs, and as anybody can write it."""
    assert seen(deployment()) == ("it has 0 of 2 Pods", True)
    assert seen(deployment(), pod("a"), pod("b"), pod("c")) == ("it has 3 of 2 Pods", True)
    assert seen(deployment(1, "r.lab/web:2"), pod("a")) == ("Pod a is not of its present template", True)


@pytest.mark.parametrize(
    "other",
    [
        pod(**container(image="r.lab/web:2")),
        pod(**container(command=["/bin/true"])),
        pod(**container(securityContext={"privileged": True})),
        pod(**container(imagePullPolicy="Never")),
        pod(containers=[*SPEC["containers"], {"name": "more", "image": "r.lab/web:1"}]),
        pod(initContainers=[{"name": "more", "image": "r.lab/web:1", "restartPolicy": "Always"}]),
        pod(serviceAccountName="default"),
        pod(volumes=[{"name": "v", "hostPath": {"path": "/"}}]),
        pod(volumes=None),
        {**pod(), "metadata": {**pod()["metadata"], "annotations": {"restarted": "earlier"}}},
        {**pod(), "metadata": {**pod()["metadata"], "labels": {"app": "web"}}},
        {**pod(), "spec": {}},
    ],
)
def test_a_pod_is_of_the_template_by_what_it_is_and_not_by_its_labels(other: dict[str, Any]) -> None:
    assert seen(deployment(1), other) == (f"Pod {other['metadata']['name']} is not of its present template", True)


def test_always_pulled_is_what_admission_makes_of_any_policy() -> None:
    assert seen(deployment(1), pod(**container(imagePullPolicy="Always"))) == ("", False)


def test_pods_of_others_are_not_its_own() -> None:
    strange = pod("strange", reason="ErrImagePull")
    strange["metadata"]["ownerReferences"] = []
    assert seen(deployment(1), pod(), strange) == ("", False)


def test_what_changes_by_itself_is_waited_for_and_what_does_not_is_told() -> None:
    words, passing = seen(deployment(), pod("a", "ContainerCreating"), pod("b", "ErrImagePull"))
    assert (words, passing) == ("Pod b: container c waits: ErrImagePull", False)
    assert seen(deployment(), pod("a", "ContainerCreating"))[1]
    paused = deployment(1, "r.lab/web:2", paused=True)
    assert seen(paused, pod()) == ("its rollout is paused: Pod web-1-x is not of its present template", False)
    later = deployment(1)
    later["metadata"]["generation"] = 3
    assert seen(later, pod()) == ("its controller has not looked at it", True)


def test_scaled_to_nothing_is_not_done_and_waits_for_the_last_pod() -> None:
    assert seen(deployment(0)) == ("it is scaled to 0", False)
    assert seen(deployment(0), pod()) == ("it is scaled to 0, and Pod web-1-x still runs", True)


def test_pods_that_leave_or_have_ended_are_replaced() -> None:
    going, failed = pod("going", "ErrImagePull"), pod("failed")
    going["metadata"]["deletionTimestamp"] = "now"
    failed["status"] |= {"phase": "Failed", "reason": "Evicted"}
    assert seen(deployment(1), going, failed, pod()) == ("", False)
    assert seen(deployment(1), failed) == ("it has 0 of 1 Pods: Pod failed: its phase is Failed (Evicted)", True)


def test_pods_that_cannot_be_made_are_told() -> None:
    one = deployment(1)
    one["status"]["conditions"] = [{"type": "ReplicaFailure", "message": "forbidden: serviceaccount not found"}]
    assert seen(one) == ("it has 0 of 1 Pods: forbidden: serviceaccount not found", False)


def test_a_condition_may_keep_a_pod_from_being_ready_though_its_containers_are() -> None:
    gated = pod()
    gated["status"]["conditions"] = [{"type": "Ready", "status": "False", "message": "no condition lab/approved"}]
    found = obstacle(gated)
    assert found
    assert (found.words, found.passing) == ("its condition Ready is False: no condition lab/approved", True)
    gated["status"]["conditions"][0]["status"] = "True"
    assert obstacle(gated) is None


def test_available_is_what_lacks_where_it_does() -> None:
    one = deployment(2, minReadySeconds=600)
    assert unavailable(read_workload(one, "Deployment")) is None
    del one["status"]["availableReplicas"]
    found = unavailable(read_workload(one, "Deployment"))
    assert found
    assert found.passing
    assert found.words.startswith("0 of 2 pods are available: a pod is available when it has been ready for 600 s")


def test_a_pod_is_made_of_itself() -> None:
    its = read_workload(pod(), "Pod")
    assert made_of_template(its, its)


NEED = RolloutNeed("Deployment", "n", "web")


def graded(fact: RolloutFact, store: Any = None, **params: Any) -> Finding:
    facts = {NEED: fact, InitialStoreNeed(): store or InitialStoreFact(STORE)}
    return judge("rolled-out", {"namespace": "n", "name": "web", **params}, Evidence(facts))


def running(image: str, image_id: str) -> RolloutFact:
    return RolloutFact(deployment(1, image), None, (read_workload(pod(image_id=image_id), "Pod"),))


@pytest.mark.parametrize(
    ("image", "image_id", "outcome"),
    [
        ("r.lab/web:1", f"r.lab/web@{RIGHT}", "pass"),
        ("r.lab/web:1", "sha256:id", "pass"),
        ("r.lab/web:1", f"r.lab/web@{OTHER}", "fail"),
        (f"r.lab/web:2@{RIGHT}", f"r.lab/web@{RIGHT}", "pass"),
        (f"r.lab/web:1@{RIGHT}", f"r.lab/web@{OTHER}", "fail"),
        ("r.lab/unknown:1", f"r.lab/unknown@{OTHER}", "pass"),
    ],
)
def test_a_name_means_what_it_meant_at_the_start(image: str, image_id: str, outcome: str) -> None:
    found = graded(running(image, image_id))
    assert found.outcome == outcome, found
    assert (f"{OTHER[:19]} runs, which is another image than {image}" in found.observed) == (outcome == "fail")
    assert graded(running(image, image_id), Unavailable("kept none")).outcome == "unknown"


@pytest.mark.parametrize(
    ("image", "wrong"),
    [
        ("r.lab/web:1", ""),
        (ID, ""),
        (OTHERS_ID, "it is the ID of r.lab/web:2"),
        (f"r.lab/web@{RIGHT}", ""),
        (f"r.lab/web:1@{RIGHT}", ""),
        ("r.lab/web:2", "container c: r.lab/web:2: this name was not that image's at the start"),
        (f"r.lab/web:1@{OTHER}", "it is the digest of r.lab/web:2"),
        (f"mirror.lab/web@{RIGHT}", "it is named mirror.lab/web, and was r.lab/web"),
        ("mirror.lab/web:1", "it is named mirror.lab/web"),
    ],
)
def test_the_same_images_are_named_by_tag_or_digest(image: str, wrong: str) -> None:
    found = graded(running(image, RIGHT), images=["r.lab/web:1"])
    assert (found.outcome, wrong in found.observed) == ("fail" if wrong else "pass", True), found


def test_a_container_more_or_less_is_told_whatever_it_is_called() -> None:
    one = running("r.lab/web:1", RIGHT)
    missing = graded(one, images=["r.lab/web:1", "r.lab/web:2"])
    assert missing.observed == "no container has the image r.lab/web:2"
    more = deployment(1)
    more["spec"]["template"]["spec"]["initContainers"] = [{"name": "i", "image": "r.lab/web:2"}]
    assert graded(RolloutFact(more), images=["r.lab/web:1"]).observed == "init container i: it was not there"
    moved = RolloutFact(more)
    assert "init container has" in graded(moved, images=["r.lab/web:1"], init_images=["r.lab/web:2"] * 2).observed


def test_it_is_found_out_by_the_workload_and_what_it_made() -> None:
    def fact(items: dict[str, Any]) -> Any:
        def request(_: str, kind: str) -> Any:
            return SimpleNamespace(status=404 if kind not in items else 200, body=items.get(kind), text="")

        api: Any = SimpleNamespace(path_of=lambda _version, kind, *_: kind, request=request)
        return _get(api, NEED)

    there = {"Deployment": deployment(1), "ReplicaSet": {"items": [replica_set()]}, "Pod": {"items": [pod()]}}
    done = fact(there)
    assert (done.workload, done.obstacle, [one.name for one in done.pods]) == (deployment(1), None, ["web-1-x"])
    slow = deployment(1, minReadySeconds=9)
    slow["status"]["availableReplicas"] = 0
    assert "available" in fact({**there, "Deployment": slow}).obstacle.words
    assert fact({}) == RolloutFact(None)
    assert isinstance(fact({**there, "Pod": {"items": 7}}), Unavailable)
