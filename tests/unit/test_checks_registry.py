"""Checks about pulling: a Secret for a registry, who has it, what is rolled out, what waits, what is stored."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from ckslab.evidence import Evidence, FileFact, Unavailable
from ckslab.kubernetes.image_digests import StoredImage
from ckslab.kubernetes.pod_state import Obstacle
from ckslab.kubernetes.pull_secret import KUBELET_FILES
from ckslab.kubernetes.workloads import read_workload
from ckslab.needs.files import FileNeed
from ckslab.needs.initial_store import InitialStoreFact, InitialStoreNeed
from ckslab.needs.objects import ObjectNeed, ObjectsFact
from ckslab.needs.probe import NewNamespace, ProbeFact, ProbeNeed
from ckslab.needs.rollout import RolloutFact, RolloutNeed
from ckslab.needs.running_pod import RunningPodFact, RunningPodNeed
from ckslab.needs.service import ServiceFact, ServiceNeed
from tests.support.checks_evidence import file_fact, judge, node, server

REGISTRY = ServiceFact("private", "registry", "https://r.lab:5000", {"user": "u", "password": "p"})
SECRETS, ACCOUNTS = ObjectNeed("v1", "Secret"), ObjectNeed("v1", "ServiceAccount")
PARAMS = {"service": "private", "namespace": "n", "name": "login", "image": "r.lab:5000/team/api"}


def secret(name: str = "login", namespace: str = "n", key: str = "r.lab:5000", user: str = "u", password: str = "p",
           kind: str = "kubernetes.io/dockerconfigjson") -> dict[str, Any]:  # fmt: skip
    config = json.dumps({"auths": {key: {"username": user, "password": password}}})
    data = {".dockerconfigjson": base64.b64encode(config.encode()).decode()}
    return {"metadata": {"name": name, "namespace": namespace}, "type": kind, "data": data}


def account(name: str, *pulls: str, namespace: str = "n", secrets: tuple[str, ...] = ()) -> dict[str, Any]:
    listed = {"imagePullSecrets": [{"name": one} for one in pulls], "secrets": [{"name": one} for one in secrets]}
    return {
        "metadata": {"name": name, "namespace": namespace},
        **{key: value for key, value in listed.items() if value},
    }


def leaving(item: dict[str, Any]) -> dict[str, Any]:
    """Deleted, and held by a finalizer."""
    return {**item, "metadata": {**item["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}}


def evidence(
    secrets: list[dict[str, Any]], accounts: list[dict[str, Any]], files: Mapping[str, str | FileFact] | None = None
) -> Evidence:
    facts: dict[Any, Any] = {SECRETS: ObjectsFact(tuple(secrets)), ACCOUNTS: ObjectsFact(tuple(accounts))}
    read = {FileNeed(path): file_fact(files or {}, path) for path in KUBELET_FILES}
    return Evidence({ServiceNeed("private"): REGISTRY, **facts, **read})


@pytest.mark.parametrize(
    ("secrets", "wrong"),
    [
        ([secret()], ""),
        ([secret(key="https://r.lab:5000/v1/")], ""),
        ([], "no such Secret"),
        ([secret(namespace="default")], "no such Secret"),
        ([leaving(secret())], "no such Secret"),
        ([secret(name="other")], "no such Secret"),
        ([secret(kind="Opaque")], "it is of the type Opaque"),
        ([secret(kind="kubernetes.io/dockercfg")], "kubernetes.io/dockercfg"),
        ([{**secret(), "data": {".dockerconfigjson": "e30="}}], "no `auths`"),
        ([secret(key="r.lab")], "it is for r.lab"),
        ([secret(user="v")], "its user is 'v'"),
        ([secret(password="p\n")], "its password is another one"),
    ],
)
def test_the_secret_itself(secrets: list[dict[str, Any]], wrong: str) -> None:
    finding = judge("registry-secret", PARAMS, evidence(secrets, []))
    assert (finding.outcome, wrong in finding.observed) == ("fail" if wrong else "pass", True), finding
    assert ("default" in finding.message) == ([one["metadata"]["namespace"] for one in secrets] == ["default"])


@pytest.mark.parametrize(
    ("accounts", "more", "wrong"),
    [
        ([account("puller", "login"), account("default")], [], ""),
        ([account("puller", "missing", "login")], [], ""),
        ([account("puller", "login"), account("b", "other")], [secret("other", user="v")], ""),
        ([account("puller", "login"), account("b", "login", namespace="two")], [], ""),
        ([account("default", "login")], [], "no ServiceAccount n/puller"),
        ([leaving(account("puller", "login"))], [], "no ServiceAccount n/puller"),
        ([account("puller")], [], "does not name it"),
        ([account("puller", "other")], [], "its imagePullSecrets are other"),
        ([account("puller", secrets=("login",))], [], "does not name it"),
        ([account("puller", "login"), account("default", "login")], [], "n/default pulls with login, too"),
        ([account("puller", "login"), account("b", "copy")], [secret("copy")], "n/b pulls with copy, too"),
        (
            [account("puller", "login"), account("b", "copy", namespace="two")],
            [secret("copy", namespace="two", key="*.lab:5000")],
            "two/b pulls with copy, too",
        ),
        (
            [account("puller", "login"), account("b", "copy")],
            [secret("copy", key="r.lab:5000/other")],
            "n/b pulls with copy, too",
        ),
        ([account("puller", "login"), account("b", "copy")], [secret("copy", key="r.lab:5001")], ""),
    ],
)
def test_who_pulls_with_it(accounts: list[dict[str, Any]], more: list[dict[str, Any]], wrong: str) -> None:
    params = {**PARAMS, "only-service-account": "puller"}
    finding = judge("registry-secret", params, evidence([secret(), *more], accounts))
    assert (finding.outcome, wrong in finding.observed) == ("fail" if wrong else "pass", True), finding


CONFIG = '{"auths": {"https://r.lab:5000/v1/": {"username": "u", "password": "%s"}}}'


@pytest.mark.parametrize(
    ("path", "text", "wrong"),
    [
        ("/var/lib/kubelet/config.json", CONFIG % "p", "config.json holds the registry's user and password"),
        ("/.docker/config.json", CONFIG % "p", "/.docker/config.json holds"),
        ("/.dockercfg", '{"r.lab:5000/x": {"auth": "dTpw"}}', "/.dockercfg holds"),
        ("/var/lib/kubelet/config.json", FileFact("/x", "too-large"), "it is larger than 1 MiB"),
        ("/var/lib/kubelet/config.json", CONFIG % "another", ""),
        ("/var/lib/kubelet/config.json", "{", ""),
        ("/root/.docker/config.json", CONFIG % "p", ""),  # the kubelet's home is /
        ("/.dockercfg", CONFIG % "p", ""),
    ],
)
def test_what_the_kubelet_has_for_every_pod(path: str, text: str | FileFact, wrong: str) -> None:
    params = {**PARAMS, "only-service-account": "puller"}
    found = evidence([secret()], [account("puller", "login")], {path: text})
    finding = judge("registry-secret", params, found)
    assert (finding.outcome, wrong in finding.observed) == ("fail" if wrong else "pass", True), finding


WORKLOAD = {"metadata": {"name": "api"}, "spec": {"replicas": 2, "template": {"spec": {"image": "x"}}}}
ROLLOUT = RolloutNeed("Deployment", "n", "api")


@pytest.mark.parametrize(
    ("params", "fact", "outcome", "said"),
    [
        ({}, RolloutFact(WORKLOAD), "pass", ""),
        ({"replicas": 2}, RolloutFact(WORKLOAD), "pass", ""),
        ({"replicas": 3}, RolloutFact(WORKLOAD), "fail", "spec.replicas: 2"),
        ({"match": {"spec.template.spec.image": "x"}}, RolloutFact(WORKLOAD), "pass", ""),
        ({"match": {"spec.template.spec.image": "y"}}, RolloutFact(WORKLOAD), "fail", "spec.image"),
        ({"match": {"spec.template.spec.none": "y"}}, RolloutFact(WORKLOAD), "fail", "not set"),
        ({}, RolloutFact(WORKLOAD, Obstacle("0 of 2: waits: ErrImagePull")), "fail", "ErrImagePull"),
        ({}, RolloutFact(WORKLOAD, Obstacle("still", passing=True)), "fail", "still"),
        ({}, RolloutFact(None), "fail", "none of that name"),
        ({}, Unavailable("down", api_down=True), "unknown", ""),
    ],
)
def test_rolled_out(params: dict[str, Any], fact: Any, outcome: str, said: str) -> None:
    finding = judge(
        "rolled-out",
        {"namespace": "n", "name": "api", **params},
        node({}, {ROLLOUT: fact, InitialStoreNeed(): InitialStoreFact(()), **server(state="down")}),
    )
    assert (finding.outcome, said in finding.observed) == (outcome, True), finding
    assert ("tries again by itself" in finding.message) == ("ErrImagePull" in said)


MOUNTS = [{"name": "log", "mountPath": "/var/log/app/"}, {"name": "tmp", "mountPath": "/tmp"}]
CLAIM = {"name": "c", "persistentVolumeClaim": {}}
EMPTY = [{"name": "log", "emptyDir": {}}, {"name": "tmp", "emptyDir": {"medium": "Memory"}}]


def mounting(mounts: Any, volumes: Any, init: Any = None) -> dict[str, Any]:
    containers = [{"name": "c", "volumeMounts": mounts}]
    spec = {"containers": containers, "volumes": volumes}
    if init is not None:
        spec["initContainers"] = [{"name": "i", "volumeMounts": init}]
    return {"metadata": {"name": "api"}, "spec": {"template": {"spec": spec}}}


@pytest.mark.parametrize(
    ("workload", "wrong"),
    [
        (mounting(MOUNTS, EMPTY), ""),
        (mounting(MOUNTS, EMPTY, MOUNTS), ""),
        (mounting([{"name": "log", "mountPath": "/var/log"}, MOUNTS[1]], EMPTY), ""),
        (mounting([{"name": "log", "mountPath": "/"}], EMPTY), ""),
        (mounting(MOUNTS, EMPTY, []), "container i, /var/log/app: no volume"),
        (mounting(MOUNTS[:1], EMPTY), "container c, /tmp: no volume"),
        (
            mounting([{"name": "log", "mountPath": "/var/log/application"}, MOUNTS[1]], EMPTY),
            "/var/log/app: no volume",
        ),
        (mounting([{**MOUNTS[0], "readOnly": True}, MOUNTS[1]], EMPTY), "read-only"),
        (mounting([*MOUNTS, {"name": "x", "mountPath": "/var/log"}], EMPTY), ""),
        (mounting(MOUNTS, [{"name": "log", "hostPath": {}}, EMPTY[1]]), "the volume log is a hostPath"),
        (mounting(MOUNTS, [*EMPTY, {"name": "x", "hostPath": {}}]), "the volume x is a hostPath"),
        (mounting(MOUNTS, [{"name": "log", "configMap": {}}, EMPTY[1]]), "the volume log is a configMap"),
        (mounting(MOUNTS, EMPTY[1:]), "there is no volume log"),
        (mounting([{"name": "log", "mountPath": "var/log/app"}, {"name": "tmp", "mountPath": "//tmp"}], EMPTY), ""),
        (mounting([*MOUNTS, {"name": "c", "mountPath": "tmp"}], [*EMPTY, CLAIM]), "the volume c is a persistentV"),
        (
            mounting([*MOUNTS, {"name": "c", "mountPath": "/var/log/app/x.log"}], [*EMPTY, CLAIM]),
            "c, which is mounted at /var/log/app/x.log, is a persistentVolumeClaim",
        ),
        (mounting([*MOUNTS, {**MOUNTS[1], "mountPath": "/tmp/a", "readOnly": True}], EMPTY), "mounted read-only"),
        (mounting([*MOUNTS, {"name": "s", "mountPath": "/tmp/s"}], [*EMPTY, {"name": "s", "configMap": {}}]), ""),
        (
            mounting([*MOUNTS, {"name": "s", "mountPath": "/tmp"}], [*EMPTY, {"name": "s", "configMap": {}}]),
            "the volume s is a configMap",
        ),
        (mounting([*MOUNTS, {"name": "c", "mountPath": "/var/log/app2"}], [*EMPTY, CLAIM]), ""),
        (mounting("x", "y"), "no volume"),
        ({"metadata": {}}, "no container"),
        (None, "no such workload"),
    ],
)
def test_mounted_volumes(workload: Any, wrong: str) -> None:
    params = {"namespace": "n", "name": "api", "paths": ["/var/log/app", "/tmp"], "forbidden": ["hostPath"]}
    finding = judge("mounted-volumes", params, Evidence({ROLLOUT: RolloutFact(workload, None)}))
    assert (finding.outcome, wrong in finding.observed) == ("fail" if wrong else "pass", True), finding


VOLUMES = "/var/lib/kubelet/pods/1/volumes/kubernetes.io~empty-dir"


@pytest.mark.parametrize(
    ("mounts", "volumes", "wrong"),
    [
        (MOUNTS, EMPTY, ""),
        (MOUNTS, [EMPTY[0], {"name": "tmp", "hostPath": {}}], "pod p: nothing was written to /tmp/last"),
        ([MOUNTS[0], {**MOUNTS[1], "subPath": "none"}], EMPTY, "/tmp/last in an emptyDir"),
        ([{**MOUNTS[0], "subPath": "sub"}, MOUNTS[1]], EMPTY, ""),
        ([{"name": "log", "mountPath": "/var/log", "subPath": "of"}, MOUNTS[1]], EMPTY, ""),
        ([MOUNTS[0], {"name": "log", "mountPath": "tmp"}], EMPTY, "/tmp/last"),  # writes nothing there
        (None, EMPTY, "it has no pods"),
    ],
)
def test_what_was_written_into_them(mounts: Any, volumes: Any, wrong: str) -> None:
    written = {"log/x.log": "1", "log/sub/x.log": "1", "log/of/app/x.log": "1", "tmp/last": "1", "log/last": ""}
    spec = mounting(mounts, volumes)["spec"]["template"]["spec"]
    pod = read_workload({"metadata": {"name": "p", "uid": "1"}, "spec": spec}, "Pod")
    fact = RolloutFact(mounting(MOUNTS, EMPTY), pods=() if mounts is None else (pod,))
    found = node({f"{VOLUMES}/{name}": text for name, text in written.items()}, {ROLLOUT: fact})
    params = {"namespace": "n", "name": "api", "paths": ["/tmp"], "written": ["/var/log/app/x.log", "/tmp/last"]}
    finding = judge("mounted-volumes", params, found)
    assert (finding.outcome, wrong in finding.observed) == ("fail" if wrong else "pass", True), finding


def test_a_folder_that_only_the_kubelet_knows_is_undecided() -> None:
    mount = {**MOUNTS[1], "subPathExpr": "$(OF)"}
    spec = mounting([MOUNTS[0], mount], EMPTY)["spec"]["template"]["spec"]
    spec["containers"][0]["env"] = [{"name": "OF", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}]
    pod = read_workload({"metadata": {"name": "p", "uid": "1"}, "spec": spec}, "Pod")
    fact = RolloutFact(mounting(MOUNTS, EMPTY), pods=(pod,))
    params = {"namespace": "n", "name": "api", "paths": ["/tmp"], "written": ["/var/log/app/x.log", "/tmp/last"]}
    written = {f"{VOLUMES}/tmp/last": "1", f"{VOLUMES}/log/x.log": "1"}
    assert judge("mounted-volumes", params, node(written, {ROLLOUT: fact})).outcome == "unknown"
    finding = judge("mounted-volumes", params, node({}, {ROLLOUT: fact}))
    assert (finding.outcome, "/var/log/app/x.log" in finding.observed) == ("fail", True), finding


def waiting(reason: str, image: str = "x", message: str = "") -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": message}} if reason else {"running": {}}
    statuses = [{"name": "c", "ready": not reason, "state": state}]
    status = {"phase": "Pending" if reason else "Running", "containerStatuses": statuses}
    spec = {"nodeName": "node", "containers": [{"name": "c", "image": image}]}
    return {"metadata": {"name": "probe"}, "spec": spec, "status": status}


@pytest.mark.parametrize(
    ("pod", "outcome", "said"),
    [
        (waiting("ErrImagePull"), "pass", ""),
        (waiting("ImagePullBackOff"), "pass", ""),
        (waiting("CrashLoopBackOff"), "fail", "CrashLoopBackOff"),
        (waiting("ContainerCreating"), "fail", "ContainerCreating"),
        (waiting(""), "fail", "it runs"),
        (waiting("ErrImagePull", "y"), "fail", "image"),
        (None, "fail", "no such pod"),
    ],
)
def test_pod_refused(pod: dict[str, Any] | None, outcome: str, said: str) -> None:
    params = {
        "name": "probe",
        "reasons": ["ErrImagePull", "ImagePullBackOff"],
        "match": {"spec.containers[*].image": "x"},
    }
    found = Evidence({RunningPodNeed("default", "probe"): RunningPodFact(pod)})
    finding = judge("pod-refused", params, found)
    assert (finding.outcome, said in finding.observed) == (outcome, True), finding


IMAGE, DIGEST = "r.lab:5000/v/app:1", "sha256:" + "a" * 64
STORE = InitialStoreFact((StoredImage((IMAGE,), frozenset({DIGEST}), frozenset({"sha256:" + "c" * 64})),))
UNASKED = "authorization failed: no basic auth credentials"


def refused(
    images: dict[str, str], reasons: dict[str, str], message: str = UNASKED, **changes: Any
) -> dict[str, Any]:
    """A Pod on a node; the container i is an init container."""
    containers = [{"name": name, "image": image} for name, image in images.items()]
    statuses = [
        {"name": name, "state": {"waiting": {"reason": why, "message": message}}} for name, why in reasons.items()
    ]
    pod = {
        "metadata": {"name": "probe"},
        "spec": {
            "nodeName": "node",
            "initContainers": [one for one in containers if one["name"] == "i"],
            "containers": [one for one in containers if one["name"] != "i"],
        },
        "status": {
            "phase": "Pending",
            "initContainerStatuses": [one for one in statuses if one["name"] == "i"],
            "containerStatuses": [one for one in statuses if one["name"] != "i"],
        },
    }
    for part, more in changes.items():
        pod[part].update(more)
    return pod


@pytest.mark.parametrize(
    ("pod", "wrong"),
    [
        (refused({"c": IMAGE}, {"c": "ErrImagePull"}), ""),
        (refused({"c": f"{IMAGE}@{DIGEST}"}, {"c": "ErrImagePull"}), ""),
        (refused({"c": f"r.lab:5000/v/app@{DIGEST}"}, {"c": "ErrImagePull"}), ""),
        (refused({"c": IMAGE, "d": "pause"}, {"c": "ErrImagePull"}), ""),
        (refused({"i": IMAGE, "c": IMAGE}, {"i": "ErrImagePull", "c": "PodInitializing"}), ""),
        (refused({"i": "none", "c": IMAGE}, {"i": "ErrImagePull", "c": "PodInitializing"}), "container i waits"),
        (refused({"c": IMAGE[:-1] + "2"}, {"c": "ErrImagePull"}), "its images are r.lab:5000/v/app:2"),
        (refused({"c": f"{IMAGE}@sha256:{'b' * 64}"}, {"c": "ErrImagePull"}), "its images are"),
        (refused({"c": f"r.lab:5000/w/app@{DIGEST}"}, {"c": "ErrImagePull"}), "its images are"),
        (refused({"c": "sha256:" + "c" * 64}, {"c": "ErrImagePull"}), "its images are"),
        (refused({"c": IMAGE}, {"c": "ErrImagePull"}, "x509: unknown authority"), "(x509: unknown authority)"),
        (refused({"c": IMAGE}, {"c": "ErrImagePull"}, spec={"nodeName": ""}), "it is on no node"),
        (refused({"c": IMAGE}, {"c": "ErrImagePull"}, metadata={"deletionTimestamp": "now"}), "being deleted"),
    ],
)
def test_a_pod_is_refused_this_very_image(pod: dict[str, Any], wrong: str) -> None:
    params = {
        "name": "probe",
        "reasons": ["ErrImagePull"],
        "image": IMAGE,
        "message": {"contains": "no basic auth"},
    }
    found = Evidence({RunningPodNeed("default", "probe"): RunningPodFact(pod), InitialStoreNeed(): STORE})
    finding = judge("pod-refused", params, found)
    assert (finding.outcome, wrong in finding.observed) == ("fail" if wrong else "pass", True), finding


STORED = {"manifest": {"kind": "Pod", "apiVersion": "v1"}, "match": {"spec.policy": "Always"}}
SENT = '{"apiVersion":"v1","kind":"Pod"}'


def answered(default: Any, new: Any) -> Evidence:
    def fact(stored: Any) -> ProbeFact:
        if isinstance(stored, dict):
            return ProbeFact("admitted", 201, "", "", stored={"spec": stored})
        return ProbeFact("denied" if stored == "no" else "failed", 403 if stored == "no" else 0, "", stored)

    return node(
        {},
        {
            ProbeNeed(SENT, "default"): fact(default),
            ProbeNeed(SENT, NewNamespace()): fact(new),
            **server(state="down"),
        },
    )


@pytest.mark.parametrize(
    ("default", "new", "outcome", "said"),
    [
        ({"policy": "Always"}, {"policy": "Always"}, "pass", ""),
        ({"policy": "Never"}, {"policy": "Always"}, "fail", "in the namespace default: spec.policy: it is Never"),
        ({"policy": "Always"}, {"policy": "Never"}, "fail", "in a new namespace"),
        ({}, {"policy": "Always"}, "fail", "not set"),
        ("no", {"policy": "Always"}, "fail", "it is refused: no"),
        ("gone", {"policy": "Always"}, "unknown", ""),
    ],
)
def test_stored_as(default: Any, new: Any, outcome: str, said: str) -> None:
    finding = judge("stored-as", STORED, answered(default, new))
    assert (finding.outcome, said in finding.observed) == (outcome, True), finding
