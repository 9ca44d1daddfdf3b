"""`unchanged`: files and objects as they were when the lab began, whatever was done to hide a change."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from ckslab.evidence import Evidence, Need, Unavailable
from ckslab.needs.objects import InitialObjectNeed, ObjectNeed, ObjectsFact
from tests.support.checks_evidence import GOOD, KUBECONF_PATH, judge, node

OF = {"api-version": "v1", "kind": "Pod", "labels": {"tenant": "acme"}}
PODS: list[dict[str, Any]] = [
    {
        "metadata": {"name": name, "namespace": "shop", "uid": f"uid-{name}", "labels": {"tenant": tenant}},
        "spec": {"containers": [{"name": "c", "image": "nginx:1"}]},
        "status": {"phase": "Pending"},
    }
    for name, tenant in (("web-1", "acme"), ("web-2", "acme"), ("other", "evil"))
]


def evidence(now: list[dict[str, Any]]) -> Evidence:
    facts: dict[Need, Any] = {
        ObjectNeed("v1", "Pod"): ObjectsFact(tuple(now)),
        InitialObjectNeed("v1", "Pod"): ObjectsFact(tuple(PODS)),
    }
    return Evidence(facts)


def changed(change: Callable[[dict[str, Any]], object]) -> list[dict[str, Any]]:
    pods = deepcopy(PODS)
    change(pods[0])
    return pods


SAME = [
    lambda pod: pod["status"].update(phase="Running"),
    lambda pod: pod["spec"].update(nodeName="controlplane"),
    lambda pod: pod["metadata"].update(resourceVersion="7", managedFields=[]),
    lambda pod: pod["metadata"].update(finalizers=["foregroundDeletion", "kubernetes.io/pvc-protection"]),
    lambda pod: pod["metadata"].update(annotations={"kubectl.kubernetes.io/last-applied-configuration": "{}"}),
]


@pytest.mark.parametrize("change", SAME)
def test_what_kubernetes_writes_by_itself_is_no_change(change: Callable[[dict[str, Any]], object]) -> None:
    assert judge("unchanged", {"objects": [OF]}, evidence(changed(change))).outcome == "pass"


def test_objects_that_came_later_and_those_of_others_are_free() -> None:
    new = deepcopy(PODS[0]) | {"metadata": {"name": "new", "namespace": "shop", "uid": "n"}}
    assert judge("unchanged", {"objects": [OF]}, evidence([new, *PODS[:2]])).outcome == "pass"


OTHER = [
    (
        lambda pod: pod["spec"]["containers"][0].update(image="good:1"),
        "shop/web-1: spec.containers[name=c].image was nginx:1 and is good:1",
    ),
    (lambda pod: pod["metadata"].update(uid="anew"), "shop/web-1: it was deleted and made anew"),
    (lambda pod: pod["metadata"].update(deletionTimestamp="2026"), "shop/web-1: it is being deleted"),
    (lambda pod: pod["metadata"].update(labels={}), "metadata.labels.tenant was acme and is nothing"),
    (
        lambda pod: pod["metadata"].update(annotations={"seen": "1"}),
        "metadata.annotations.seen was nothing and is 1",
    ),
    (
        lambda pod: pod["spec"].update(ephemeralContainers=[{"name": "d"}]),
        "spec.ephemeralContainers[*].name was nothing",
    ),
    (lambda pod: pod["metadata"].update(name="web-3"), "shop/web-1: it is gone"),
    (
        lambda pod: pod["metadata"].update(annotations={"notkubernetes.io/seen": "1"}),
        "metadata.annotations.notkubernetes.io/seen was nothing and is 1",
    ),
    (
        lambda pod: pod["metadata"].update(finalizers=["kubernetes.io/x", "lab/held"]),
        'metadata.finalizers was nothing and is ["lab/held"]',
    ),
]


@pytest.mark.parametrize(("change", "seen"), OTHER)
def test_a_change_is_told(change: Callable[[dict[str, Any]], object], seen: str) -> None:
    finding = judge("unchanged", {"objects": [OF]}, evidence(changed(change)))
    assert (finding.outcome, finding.expected) == ("fail", "2 Pod objects as at the start")
    assert seen in finding.observed


def test_several_changes_are_one_and_a_number() -> None:
    assert judge("unchanged", {"objects": [OF]}, evidence([])).observed == "shop/web-1: it is gone; and 1 more"


def test_only_the_named_fields_stay() -> None:
    of = OF | {"fields": ["spec.containers[*].image", "spec.hostNetwork"]}
    anew = changed(lambda pod: pod["metadata"].update(uid="anew", labels={}))
    assert judge("unchanged", {"objects": [of]}, evidence(anew)).outcome == "pass"
    host = changed(lambda pod: pod["spec"].update(hostNetwork=True))
    assert judge("unchanged", {"objects": [of]}, evidence(host)).observed == (
        "shop/web-1: spec.hostNetwork was nothing and is true"
    )


def test_a_named_field_of_what_is_being_deleted_does_not_stay() -> None:
    of = OF | {"fields": ["spec.containers[*].image"]}
    leaves = changed(lambda pod: pod["metadata"].update(deletionTimestamp="2026"))
    assert judge("unchanged", {"objects": [of]}, evidence(leaves)).observed == "shop/web-1: it is being deleted"


def template(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    pod = {"containers": list(containers), **spec}
    annotations = {"kubectl.kubernetes.io/restartedAt": "now", "mine": "x"}
    return {
        "metadata": {"name": "web", "namespace": "shop", "uid": "u"},
        "spec": {"replicas": 2, "template": {"metadata": {"annotations": annotations}, "spec": pod}},
    }


WEB: dict[str, Any] = {
    "name": "web",
    "image": "a:1",
    "env": [{"name": "A", "value": "1"}, {"name": "B"}],
    "resources": {},
}
SIDE: dict[str, Any] = {"name": "side", "image": "b:1"}
FIRST, SECOND = {"name": "first", "image": "c"}, {"name": "second", "image": "d"}
BUT = [
    "spec.template.spec.containers[*].image",
    'spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]',
]


def but(now: dict[str, Any]) -> Any:
    of = {"api-version": "apps/v1", "kind": "Deployment", "except": BUT}
    then = template(WEB, SIDE, initContainers=[FIRST, SECOND])
    facts: dict[Need, Any] = {
        ObjectNeed("apps/v1", "Deployment"): ObjectsFact((now,)),
        InitialObjectNeed("apps/v1", "Deployment"): ObjectsFact((then,)),
    }
    return judge("unchanged", {"objects": [of]}, Evidence(facts))


def test_what_need_not_stay_may_change_and_named_items_may_change_places() -> None:
    env = {"env": [{"name": "B"}, {"name": "A", "value": "1"}]}
    anew = template(SIDE | {"image": "z"}, WEB | env, initContainers=[FIRST, SECOND], volumes=None)
    anew["metadata"]["uid"] = "anew"
    del anew["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"]
    assert but(anew).outcome == "pass"


@pytest.mark.parametrize(
    ("now", "seen"),
    [
        (
            template(WEB, SIDE, initContainers=[SECOND, FIRST]),
            'spec.template.spec.initContainers[*].name was ["first", "second"]',
        ),
        (
            template(WEB, initContainers=[FIRST, SECOND]),
            'spec.template.spec.containers[*].name was ["side", "web"]',
        ),
        (
            template(WEB | {"envFrom": [{"x": 1}]}, SIDE, initContainers=[FIRST, SECOND]),
            "spec.template.spec.containers[name=web].envFrom was nothing",
        ),
        (
            template(WEB | {"resources": {"limits": {"cpu": 1}}}, SIDE, initContainers=[FIRST, SECOND]),
            "spec.template.spec.containers[name=web].resources.limits.cpu was nothing and is 1",
        ),
        (
            template(WEB, SIDE, initContainers=[FIRST | {"image": "e"}, SECOND]),
            "spec.template.spec.initContainers[name=first].image was c and is e",
        ),
    ],
)
def test_all_else_that_was_set_stays(now: dict[str, Any], seen: str) -> None:
    found = but(now)
    assert (found.outcome, f"shop/web: {seen}" in found.observed) == ("fail", True), found.observed


def test_what_stays_is_said_in_one_way() -> None:
    with pytest.raises(ValidationError, match="give fields or except"):
        judge("unchanged", {"objects": [OF | {"fields": ["a"], "except": ["b"]}]}, node({}))


def test_objects_of_a_lab_that_kept_none_are_undecided() -> None:
    facts: dict[Need, Any] = {
        ObjectNeed("v1", "Pod"): ObjectsFact(()),
        InitialObjectNeed("v1", "Pod"): Unavailable("this lab kept no objects"),
    }
    assert judge("unchanged", {"objects": [OF]}, Evidence(facts)).outcome == "unknown"


def test_a_copy_has_what_its_source_held_at_the_start() -> None:
    params = {"copies": {"/etc/copy": KUBECONF_PATH}}
    content = GOOD[KUBECONF_PATH]
    assert judge("unchanged", params, node({"/etc/copy": content, KUBECONF_PATH: None})).outcome == "pass"
    finding = judge("unchanged", params, node({"/etc/copy": f"{content}# mine\n", KUBECONF_PATH: "another"}))
    assert (finding.observed, finding.where and finding.where.line) == ("its content is another", 17)
    assert judge("unchanged", params, node({})).observed == "there is no such file"


def test_it_asserts_something() -> None:
    with pytest.raises(ValidationError, match="asserts nothing"):
        judge("unchanged", {}, node({}))
