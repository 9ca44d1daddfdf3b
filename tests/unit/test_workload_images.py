"""Workloads by digest: what their templates name, what their Pods run, and the map that the learner wrote."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from ckslab.checks import CHECK_TYPES
from ckslab.evidence import Fact, FileFact, Finding, Need, Unavailable
from ckslab.kubernetes.image_digests import StoredImage
from ckslab.kubernetes.workloads import TEMPLATES, by_themselves, kind_called, read_workload
from ckslab.needs.initial_store import InitialStoreFact, InitialStoreNeed
from ckslab.needs.objects import InitialObjectNeed, ObjectNeed, ObjectsFact
from ckslab.needs.running_workloads import LIMIT, RunningWorkloadsFact, RunningWorkloadsNeed
from tests.support.checks_evidence import judge, node

NS = "pin"
FILE = "/opt/lab/map.txt"
Items = dict[str, list[dict[str, Any]]]


def digest(letter: str) -> str:
    return "sha256:" + letter * 64


def image(name: str, letter: str, *more: str) -> StoredImage:
    whole = f"registry.lab/{name}"
    names = (whole, *(f"registry.lab/{one}" for one in more), f"{whole.partition(':')[0]}@{digest(letter)}")
    return StoredImage(names, frozenset({digest(letter)}), frozenset({digest(ID_OF[letter])}))


ID_OF = dict(zip("abcdef", "012345", strict=True))
STORE = (
    image("web:1", "a"),
    image("init:1", "b"),
    image("db:1", "c"),
    image("job:1", "d"),
    image("web:2", "e", "web:latest"),
    image("db:2", "f"),
)
WEB, INIT, DB, JOB, MOVED, DB2 = (
    f"registry.lab/{name}@{digest(letter)}"
    for name, letter in (("web", "a"), ("init", "b"), ("db", "c"), ("job", "d"), ("web", "e"), ("db", "f"))
)


def containers(**images: str) -> list[dict[str, Any]]:
    return [{"name": name, "image": image} for name, image in images.items()]


def deployment(web: str, init: str, name: str = "app", **spec: Any) -> dict[str, Any]:
    pod = {"initContainers": containers(init=init), "containers": containers(web=web)}
    return {
        "metadata": {"name": name, "namespace": NS, "uid": f"u-{name}", "generation": 2},
        "spec": {"replicas": 1, "template": {"spec": pod}, **spec},
        "status": {"observedGeneration": 2},
    }


def stateful(db: str) -> dict[str, Any]:
    return {
        "metadata": {"name": "db", "namespace": NS, "uid": "u-db", "generation": 1},
        "spec": {"replicas": 1, "template": {"spec": {"containers": containers(db=db)}}},
        "status": {"observedGeneration": 1},
    }


def cron(job: str) -> dict[str, Any]:
    template = {"spec": {"template": {"spec": {"containers": containers(job=job)}}}}
    return {"metadata": {"name": "job", "namespace": NS, "uid": "u-cron"}, "spec": {"jobTemplate": template}}


def replica_set(name: str, web: str, init: str) -> dict[str, Any]:
    found = deployment(web, init, name)
    found["metadata"]["ownerReferences"] = [
        {"apiVersion": "apps/v1", "kind": "Deployment", "uid": "u-app", "controller": True}
    ]
    return found


def pod(name: str, owner: str, kind: str, image_id: str | None = None, **images: str) -> dict[str, Any]:
    """A Pod that runs; images of its containers, `init` among them."""
    first = {"init": images.pop("init")} if "init" in images else {}
    ids = {key: image_id or text for key, text in {**first, **images}.items()}
    states = [{"name": key, "imageID": ids[key], "ready": True} for key in images]
    return {
        "metadata": {
            "name": name,
            "namespace": NS,
            "uid": f"u-{name}",
            "ownerReferences": [{"apiVersion": TEMPLATES[kind][0], "kind": kind, "uid": owner, "controller": True}],
        },
        "spec": {"initContainers": containers(**first), "containers": containers(**images)},
        "status": {
            "phase": "Running",
            "containerStatuses": states,
            "initContainerStatuses": [{"name": key, "imageID": ids[key]} for key in first],
        },
    }


def start() -> Items:
    return {
        "Deployment": [deployment("registry.lab/web:1", "registry.lab/init:1")],
        "StatefulSet": [stateful("registry.lab/db:1")],
        "CronJob": [cron("registry.lab/job:1")],
    }


def pinned(web: str = WEB, init: str = INIT, db: str = DB, job: str = JOB) -> Items:
    return {
        "Deployment": [deployment(web, init)],
        "ReplicaSet": [replica_set("app-1", web, init)],
        "StatefulSet": [stateful(db)],
        "CronJob": [cron(job)],
        "Pod": [
            pod("app-1-x", "u-app-1", "ReplicaSet", web=web, init=init),
            pod("db-0", "u-db", "StatefulSet", db=db),
        ],
    }


def facts(now: Items, then: Items | None = None) -> dict[Need, Fact]:
    found: dict[Need, Fact] = {InitialStoreNeed(): InitialStoreFact(STORE)}
    began = start() if then is None else then
    for kind, (version, _) in TEMPLATES.items():
        found[ObjectNeed(version, kind, NS)] = ObjectsFact(tuple(now.get(kind, ())))
        found[InitialObjectNeed(version, kind, NS)] = ObjectsFact(tuple(began.get(kind, ())))
    found[RunningWorkloadsNeed(NS)] = RunningWorkloadsFact({kind: tuple(now.get(kind, ())) for kind in TEMPLATES})
    return found


def graded(now: Items, aspect: str = "same-digest", then: Items | None = None) -> Finding:
    return judge("workload-images", {"namespace": NS, aspect: True}, node({}, facts(now, then)))


ASPECTS = ("by-digest", "same-digest", "running")


@pytest.mark.parametrize("aspect", ASPECTS)
def test_workloads_that_are_pinned_and_run_pass(aspect: str) -> None:
    assert graded(pinned(), aspect).outcome == "pass"


@pytest.mark.parametrize("aspect", ["by-digest", "same-digest"])
def test_a_tag_before_the_digest_is_free_even_one_that_nobody_has(aspect: str) -> None:
    for tag in ("1", "2", "nobodys"):
        assert graded(pinned(db=DB.replace("@", f":{tag}@")), aspect).outcome == "pass"


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (start(), "Deployment app, init container init: registry.lab/init:1: it is named by its tag alone"),
        (pinned(init="registry.lab/init:1"), "Deployment app, init container init"),
        (pinned(db="registry.lab/db:1"), "StatefulSet db, container db"),
        (pinned(job="registry.lab/job:1"), "CronJob job, container job"),
        (pinned(job="registry.lab/job"), "neither tag nor digest"),
        (pinned(db=DB[:40]), "it is cut"),
        (pinned(db=digest(ID_OF["c"])), "an image's ID alone"),
        (pinned(db=""), "no image"),
        (start(), "and 3 more"),
    ],
)
def test_a_container_that_is_not_pinned_is_told_whatever_its_kind(now: Items, says: str) -> None:
    found = graded(now, "by-digest")
    assert (found.outcome, says in found.observed) == ("fail", True), found.observed


@pytest.mark.parametrize("kind", list(TEMPLATES))
def test_workloads_of_every_kind_count_also_those_that_came_later(kind: str) -> None:
    spec: dict[str, Any] = {"containers": containers(a="registry.lab/web:1")}
    for key in reversed(TEMPLATES[kind][1]):
        spec = {key: spec}
    more = {"metadata": {"name": "later", "namespace": NS, "uid": "u-later"}, **spec}
    now = pinned()
    now[kind] = [*now.get(kind, []), more]
    found = graded(now, "by-digest")
    assert (found.outcome, f"{kind} later, container a" in found.observed) == ("fail", True), found.observed


def test_what_a_workload_made_and_what_has_ended_count_for_nothing() -> None:
    now = pinned()
    now["ReplicaSet"].append(replica_set("app-0", "registry.lab/web:1", "registry.lab/init:1"))
    now["Pod"].append(
        {**pod("job-1", "u-job-1", "Job", job="registry.lab/job:1"), "status": {"phase": "Succeeded"}}
    )
    ended = pod("look", "", "Pod", a="busybox")
    ended["metadata"]["ownerReferences"] = []
    now["Pod"].append({**ended, "status": {"phase": "Failed"}})
    leaves = copy.deepcopy(ended)
    leaves["metadata"] |= {"name": "leaves", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    now["Pod"].append(leaves)
    done = {"conditions": [{"type": "Complete", "status": "True"}]}
    now["Job"] = [{**deployment("busybox", "busybox", "once"), "status": done}]
    for aspect in ASPECTS:
        assert graded(now, aspect).outcome == "pass"


def test_an_orphan_is_its_own_though_it_is_empty() -> None:
    now = pinned()
    orphan = replica_set("app-0", "registry.lab/web:1", "registry.lab/init:1")
    orphan["metadata"]["ownerReferences"] = []
    now["ReplicaSet"].append(orphan)
    assert "ReplicaSet app-0" in graded(now, "by-digest").observed
    orphan["spec"]["replicas"] = 0
    assert "ReplicaSet app-0" in graded(now, "by-digest").observed


def test_one_of_the_learners_own_may_be_scaled_to_nothing() -> None:
    now = pinned()
    trial = deployment(WEB, INIT, "trial")
    trial["spec"]["replicas"] = 0
    now["Deployment"].append(trial)
    for aspect in ASPECTS:
        assert graded(now, aspect).outcome == "pass"
    now["Deployment"][0]["spec"]["replicas"] = 0
    assert "scaled to 0" in graded(now, "running").observed


@pytest.mark.parametrize(
    ("kind", "owner"),
    [
        ("Deployment", {"apiVersion": "apps/v1", "kind": "Deployment", "controller": True}),
        ("Deployment", {"apiVersion": "apps/v1", "kind": "StatefulSet"}),
        ("ReplicaSet", {"apiVersion": "apps/v1", "kind": "Deployment"}),
        ("ReplicaSet", {"apiVersion": "batch/v1", "kind": "CronJob", "controller": True}),
        ("Pod", {"apiVersion": "apps/v1", "kind": "Deployment", "controller": True}),
        # of a group that is not served: nobody deletes it for want of its owner
        ("Pod", {"apiVersion": "other.lab/v1", "kind": "ReplicaSet", "controller": True}),
    ],
)
def test_what_no_controller_makes_is_its_own_whatever_owner_it_names(kind: str, owner: dict[str, Any]) -> None:
    now = pinned()
    spec: dict[str, Any] = {"containers": containers(a="registry.lab/web:1")}
    metadata = {"name": "shadow", "namespace": NS, "uid": "u-s", "ownerReferences": [{**owner, "uid": "u-app"}]}
    now[kind] = [
        *now.get(kind, []),
        {"metadata": metadata, "spec": spec if kind == "Pod" else {"template": {"spec": spec}}},
    ]
    assert f"{kind} shadow, container a" in graded(now, "by-digest").observed


def job(image: str, **status: Any) -> dict[str, Any]:
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "uid": "u-cron", "controller": True}
    metadata = {"name": "job-1", "namespace": NS, "uid": "u-job-1", "ownerReferences": [owner]}
    return {
        "metadata": metadata,
        "spec": {"template": {"spec": {"containers": containers(job=image)}}},
        "status": status,
    }


def test_a_job_counts_as_its_cron_jobs_only_with_the_images_of_that() -> None:
    done = {"conditions": [{"type": "Failed", "status": "True"}]}
    for one in (job(JOB), job("registry.lab/job:1", **done)):
        assert graded({**pinned(), "Job": [one]}, "by-digest").outcome == "pass"
    runs = {**pinned(), "Job": [job("registry.lab/job:1")]}
    assert "Job job-1, container job: registry.lab/job:1" in graded(runs, "by-digest").observed


def test_a_pod_that_failed_and_was_replaced_counts_for_nothing() -> None:
    now = pinned()
    failed = pod("app-1-y", "u-app-1", "ReplicaSet", web="registry.lab/web:1", init=INIT)
    now["Pod"].append({**failed, "status": {"phase": "Failed", "reason": "Evicted"}})
    assert graded(now, "running").outcome == "pass"


def leaving(item: dict[str, Any], seconds: int, **more: Any) -> dict[str, Any]:
    gone = {"deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": seconds, **more}
    return {**item, "metadata": {**item["metadata"], **gone}}


@pytest.mark.parametrize("name", ["app-1-x", "adopted"])
def test_no_pod_of_the_namespace_has_an_image_that_none_shall_have(name: str) -> None:
    params = {"namespace": NS, "runs-none": ["registry.lab/web:1", "registry.lab/db:2"]}
    for its in (WEB, "registry.lab/web:1", f"registry.lab/other@{digest('a')}"):
        found = judge("workload-images", params, node({}, facts({"Pod": [pod(name, "", "Pod", web=its)]})))
        assert found.observed == f"Pod {name}, container web: it has registry.lab/web:1"
    called = pod(name, "", "Pod", f"registry.lab/mine@{digest('f')}", web="registry.lab/mine:1")
    found = judge("workload-images", params, node({}, facts({"Pod": [called]})))
    assert found.observed == f"Pod {name}, container web: it has registry.lab/db:2"
    ended = {**called, "status": {**called["status"], "phase": "Succeeded"}}
    assert judge("workload-images", params, node({}, facts({"Pod": [ended]}))).outcome == "fail"
    fine = [pod("a", "", "Pod", db=DB), leaving(called, 30)]
    assert judge("workload-images", params, node({}, facts({"Pod": fine}))).outcome == "pass"
    for stays in (leaving(called, 3600), leaving(called, 0, finalizers=["lab/held"])):
        assert judge("workload-images", params, node({}, facts({"Pod": [stays]}))).outcome == "fail"
    assert judge("workload-images", params, node({}, facts({}))).outcome == "pass"


@pytest.mark.parametrize("aspect", ASPECTS)
def test_a_workload_that_is_gone_or_called_otherwise_is_told(aspect: str) -> None:
    now = pinned()
    now["Deployment"] = [deployment(WEB, INIT, "app-2")]
    found = graded(now, aspect)
    assert (found.outcome, "Deployment app: not there" in found.observed) == ("fail", True)
    assert graded({}, aspect).outcome == "fail"


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (pinned(web=MOVED), "the digest of registry.lab/web:2"),
        (pinned(db=DB2), "the digest of registry.lab/db:2"),
        (pinned(db=f"registry.lab/db@{digest(ID_OF['c'])}"), "it is this image's ID"),
        (pinned(db=f"registry.lab/db@{digest('9')}"), "no image with this digest"),
        (pinned(db=f"registry.lab/db@{digest('a')}"), "the digest of registry.lab/web:1"),
        (pinned(db=f"mirror.lab/db@{digest('c')}"), "it is named mirror.lab/db, and was registry.lab/db"),
        (pinned(db="registry.lab/db:1"), "by its tag alone"),
        (pinned(job=DB), "it is named registry.lab/db, and was registry.lab/job"),
    ],
)
def test_another_digest_is_told_by_what_it_is(now: Items, says: str) -> None:
    found = graded(now)
    assert (found.outcome, says in found.observed) == ("fail", True), found.observed


def test_what_was_pinned_at_the_start_stays_though_its_tag_moved() -> None:
    then = start()
    then["Deployment"] = [deployment(f"registry.lab/web:latest@{digest('a')}", "registry.lab/init:1")]
    assert graded(pinned(), then=then).outcome == "pass"
    assert graded(pinned(web=MOVED), then=then).outcome == "fail"


def test_a_container_that_was_removed_or_renamed_is_told() -> None:
    now = pinned()
    now["Deployment"][0]["spec"]["template"]["spec"]["initContainers"] = containers(other=INIT)
    assert "init container init: not there" in graded(now).observed


def changed(**of: Any) -> Items:
    """The pinned ones with another Deployment's spec, or another first Pod."""
    now = pinned()
    now["Deployment"][0]["spec"] |= of.get("spec", {})
    now["Pod"][0]["status"] |= of.get("status", {})
    return now


WAITS = [{"name": "web", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (changed(spec={"replicas": 0}), "Deployment app: it is scaled to 0"),
        (
            {**pinned(), "Deployment": [deployment(DB, INIT, paused=True)]},
            "its rollout is paused: Pod app-1-x is not of its present template",
        ),
        (changed(spec={"replicas": 2}), "it has 1 of 2 Pods"),
        (changed(status={"containerStatuses": WAITS}), "Pod app-1-x: container web waits: ImagePullBackOff"),
        (changed(status={"phase": "Failed"}), "it has 0 of 1 Pods: Pod app-1-x: its phase is Failed"),
        ({**pinned(), "Pod": pinned()["Pod"][:1]}, "StatefulSet db: it has 0 of 1 Pods"),
        ({**pinned(), "Deployment": [deployment(DB, INIT)]}, "Pod app-1-x is not of its present template"),
        ({**pinned(), "Pod": []}, "it has 0 of 1 Pods"),
        (
            {**pinned(), "Pod": [pod("app-1-x", "u-app-1", "ReplicaSet", MOVED, web=WEB, init=INIT)]},
            "runs, which is another image",
        ),
    ],
)
def test_pods_that_do_not_run_the_template_are_told(now: Items, says: str) -> None:
    found = graded(now, "running")
    assert (found.outcome, says in found.observed) == ("fail", True), found.observed


def test_a_status_may_name_the_images_id() -> None:
    now = pinned()
    now["Pod"][1] = pod("db-0", "u-db", "StatefulSet", digest(ID_OF["c"]), db=DB)
    assert graded(now, "running").outcome == "pass"


def test_a_template_that_was_not_looked_at_yet_has_not_rolled_out() -> None:
    now = pinned()
    now["Deployment"][0]["metadata"]["generation"] = 3
    assert "has not looked at it" in graded(now, "running").observed


def test_what_cannot_be_found_out_costs_no_points() -> None:
    known = facts(pinned())
    for need in known:
        for aspect in ASPECTS:
            some = {**known, need: Unavailable("nobody answers")}
            assert judge("workload-images", {"namespace": NS, aspect: True}, node({}, some)).outcome in (
                "pass",
                "unknown",
            )
    assert graded(pinned(), "by-digest", then={}).outcome == "unknown"
    other = {**start(), "CronJob": [cron("registry.lab/never:1")]}
    now = pinned(job=f"registry.lab/never@{digest('a')}")
    assert graded(now, then=other).outcome == "unknown"


@pytest.mark.parametrize("params", [{"namespace": NS}, {"namespace": "", "running": True}, {"by-digest": True}])
def test_parameters_that_assert_nothing_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CHECK_TYPES["workload-images"].params.model_validate(params)


LINES = (
    f"deployment/app init {INIT}",
    f"deployment/app web {WEB}",
    f"statefulset/db db {DB}",
    f"cronjob/job job {JOB}",
)


def noted(text: str | FileFact, then: Items | None = None) -> Finding:
    found = facts(pinned(), then)
    return judge("image-map", {"path": FILE, "namespace": NS}, node({FILE: text}, found))


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(LINES),
        "\n".join(reversed(LINES)) + "\n",
        "\r\n\n".join("  " + line.replace(" ", "  \t") + " " for line in LINES),
        "\ufeff" + "\n".join(LINES),
        "\n".join([*LINES, LINES[0]]),
        "\n".join(line.partition("/")[2] for line in LINES),
        "\n".join(LINES)
        .replace("deployment/", "deployments.apps/")
        .replace("cronjob", "cj")
        .replace("statefulset", "sts"),
        "\n".join(LINES).replace("deployment/", "Deployment/").replace("cronjob", "CronJob.batch"),
        "\n".join(LINES).replace("web@", "web:1@").replace("db@", "db:nobodys@"),
    ],
)
def test_a_whole_map_is_right_in_any_order_and_form(text: str) -> None:
    assert noted(text).outcome == "pass", noted(text).observed


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (LINES[0], "", "3 right, 1 missing"),
        ("".join(LINES[0]), "#", "three words"),
        (WEB, "registry.lab/web:1", "by its tag alone"),
        (WEB, MOVED, "the digest of registry.lab/web:2"),
        (WEB, f"registry.lab/web@{digest(ID_OF['a'])}", "this image's ID"),
        (WEB, digest("a"), "is named registry.lab/web"),
        (WEB, DB, "is named registry.lab/web, and not registry.lab/db"),
        (WEB, WEB[:-1], "it is cut"),
        (f" web {WEB}", WEB, "three words"),
        ("app web", "app wep", "no container wep"),
        ("deployment/app web", "deployment/ap web", "no workload deployment/ap"),
        ("deployment/app web", "statefulset/app web", "no workload statefulset/app"),
        ("deployment/app web", "thing/app web", "no kind of workload"),
        ("web ", "web: ", "no container web:"),
    ],
)
def test_a_line_that_is_wrong_or_missing_is_told(old: str, new: str, says: str) -> None:
    text = "\n".join(LINES)
    assert old in text
    found = noted(text.replace(old, new))
    assert (found.outcome, says in found.observed) == ("fail", True), found.observed


def test_a_missing_or_empty_map_is_told() -> None:
    assert noted(FileFact(FILE, "absent")).outcome == "fail"
    assert "0 right, 4 missing" in noted("\n").observed


def test_a_name_that_two_workloads_have_needs_its_kind() -> None:
    then = start()
    then["StatefulSet"][0]["metadata"]["name"] = "app"
    text = "\n".join(LINES).replace("statefulset/db", "statefulset/app")
    assert noted(text, then).outcome == "pass"
    found = noted(text.replace("statefulset/app", "app"), then)
    assert "2 workloads are called app" in found.observed


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("deployment", "Deployment"),
        ("Deployments.apps", "Deployment"),
        ("deploy", "Deployment"),
        ("deployment.v1.apps", "Deployment"),
        ("sts", "StatefulSet"),
        ("cj", "CronJob"),
        ("cronjob.batch", "CronJob"),
        ("pods", "Pod"),
        ("node", None),
        ("", None),
    ],
)
def test_a_kind_is_called_as_kubectl_takes_it(word: str, kind: str | None) -> None:
    assert kind_called(word) == kind


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"metadata": 7, "spec": []},
        {"spec": {"template": {"spec": {"containers": [None, {}], "initContainers": 1}}}},
    ],
)
def test_objects_that_make_no_sense_are_read_without_an_error(item: dict[str, Any]) -> None:
    for kind in TEMPLATES:
        by_themselves([read_workload(item, kind)])


class Server:
    """An API server whose namespace is another at each look, and the last for ever."""

    def __init__(self, *looks: Items, status: int = 200) -> None:
        self.looks, self.asked, self.status = looks, 0, status

    def ready(self) -> bool:
        return True

    def path_of(self, version: str, kind: str, namespace: str, name: str | None) -> str:
        return kind

    def request(self, method: str, path: str) -> Any:
        self.asked += path == "Deployment"
        items = self.looks[min(self.asked, len(self.looks)) - 1].get(path, [])
        return SimpleNamespace(status=self.status, body={"items": items}, text="no")


@pytest.fixture
def polled(monkeypatch: pytest.MonkeyPatch) -> None:
    def polls(seconds: float, **_: Any) -> Iterator[float]:
        yield from range(int(seconds) + 1)

    monkeypatch.setattr("ckslab.waiting.polls", polls)


def collected(server: Server) -> tuple[Any, list[str]]:
    told: list[str] = []
    sources: Any = SimpleNamespace(api=server, node=None, services={}, progress=SimpleNamespace(step=told.append))
    return RunningWorkloadsNeed.collect([RunningWorkloadsNeed(NS)], sources)[RunningWorkloadsNeed(NS)], told


@pytest.mark.usefixtures("polled")
def test_a_rollout_is_waited_for_and_one_that_will_never_be_is_not() -> None:
    under_way = changed(spec={"replicas": 2})
    server = Server(under_way, under_way, under_way, pinned())
    fact, told = collected(server)
    assert server.asked == 4
    assert fact == RunningWorkloadsFact({kind: tuple(pinned().get(kind, ())) for kind in TEMPLATES})
    assert told == ["waiting for Deployment app: it has 1 of 2 Pods"]
    paused = {**pinned(), "Deployment": [deployment(DB, INIT, paused=True)]}
    for never in (changed(status={"containerStatuses": WAITS}), paused, pinned(), {}):
        server = Server(never)
        collected(server)
        assert server.asked == 1


@pytest.mark.usefixtures("polled")
def test_the_wait_has_an_end_and_a_server_that_fails_is_no_fact() -> None:
    server = Server(changed(spec={"replicas": 2}))
    assert isinstance(collected(server)[0], RunningWorkloadsFact)
    assert server.asked == LIMIT + 1
    assert isinstance(collected(Server({}, status=500))[0], Unavailable)
