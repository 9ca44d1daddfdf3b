"""A static pod's image by digest: what the manifest says, what runs, and what the learner wrote down."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from ckslab.checks import CHECK_TYPES
from ckslab.control_plane.containers import PodContainer
from ckslab.evidence import Evidence, Fact, FileFact, Finding, Need, Unavailable
from ckslab.kubernetes.image_digests import StoredImage
from ckslab.kubernetes.v1_35.container_hash import container_hash
from ckslab.needs.api_server import ApiServerNeed
from ckslab.needs.initial_image import InitialImageFact, InitialImageNeed
from ckslab.needs.running_container import RunningContainersFact, RunningContainersNeed
from tests.support.checks_evidence import MANIFEST, MANIFEST_PATH, judge, node, server

POD = "kube-apiserver"
NAME = "registry.k8s.io/kube-apiserver"
TAG = f"{NAME}:v1.35.4"
UID = "6009768bff33796bab6d58f801849fc6"


def digest(letter: str) -> str:
    return "sha256:" + letter * 64


OWN, INDEX, ID = digest("a"), digest("b"), digest("c")
ETCD, ETCD_ID = digest("d"), digest("e")
IMAGE = StoredImage((TAG, f"{NAME}@{OWN}"), frozenset({OWN, INDEX}), frozenset({ID}))
OTHER = StoredImage(("registry.k8s.io/etcd:3.6.6-0",), frozenset({ETCD}), frozenset({ETCD_ID}))
INITIAL: dict[Need, Fact] = {InitialImageNeed(POD): InitialImageFact(TAG, IMAGE, (IMAGE, OTHER))}
FILE = "/opt/lab/apiserver.digest"

PINNED = {"pod": POD, "by-digest": True, "name": NAME}
SAME = {"pod": POD, "same-digest": True}
RUNS = {"pod": POD, "running": True}
NOTED = {"path": FILE, "image-digest-of": POD}


def named(image: str) -> str:
    return MANIFEST.replace(f"image: {TAG}", f"image: {image}")


def graded(params: dict[str, Any], image: str, facts: dict[Need, Fact] | None = None) -> Finding:
    return judge(
        "static-pod-image", params, node({MANIFEST_PATH: named(image)}, INITIAL if facts is None else facts)
    )


RIGHT = [
    f"{NAME}@{OWN}",
    f"{TAG}@{OWN}",
    f"{NAME}:nosuchtag@{OWN}",
    f"{NAME}@{INDEX}",
    ID,
    f'"{NAME}@{OWN}"',
    f"'{ID}'",
]


@pytest.mark.parametrize("image", RIGHT)
def test_each_digest_of_the_image_is_right_in_its_place(image: str) -> None:
    assert graded(PINNED, image).outcome == "pass"
    assert graded(SAME, image).outcome == "pass"


def test_a_manifest_in_json_is_read_as_any_other() -> None:
    document = yaml.safe_load(named(f"{NAME}@{OWN}"))
    text = json.dumps(document)
    assert judge("static-pod-image", PINNED | SAME, node({MANIFEST_PATH: text}, INITIAL)).outcome == "pass"


def test_of_a_key_that_stands_twice_the_last_counts_and_the_learner_is_told() -> None:
    first = named(f"{NAME}@{OWN}").replace(
        "    name: kube-apiserver\n", f"    image: {TAG}\n    name: kube-apiserver\n"
    )
    found = judge("static-pod-image", PINNED, node({MANIFEST_PATH: first}, INITIAL))
    assert found.outcome == "fail"
    assert "`image:` stands twice" in found.message
    last = MANIFEST.replace("    name: kube-apiserver\n", f"    image: {NAME}@{OWN}\n    name: kube-apiserver\n")
    assert judge("static-pod-image", PINNED | SAME, node({MANIFEST_PATH: last}, INITIAL)).outcome == "pass"


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (TAG, "named by its tag alone"),
        (NAME, "neither tag nor digest"),
        (f"{NAME}@{OWN[:19]}", "it is cut: 12 of 64 digits"),
        (ID[:19], "no whole ID of an image: it is cut"),
        (ID[7:], "digits alone"),
        (f"{NAME}@{OWN.upper()}", "lower case"),
        (f"{NAME}:{OWN[7:]}", "the digits are its tag"),
        (f"registry.k8s.io/etcd@{ETCD}", "it is named registry.k8s.io/etcd"),
        (f"kube-apiserver@{OWN}", "it is named docker.io/library/kube-apiserver"),
        ("", "no image"),
    ],
)
def test_what_is_not_named_by_its_whole_digest_is_told(image: str, says: str) -> None:
    found = graded(PINNED, image)
    assert found.outcome == "fail"
    assert says in found.observed
    assert found.where is not None
    assert found.where.path == MANIFEST_PATH


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (f"{NAME}@{ID}", "it is this image's ID"),
        (OWN, "it is the digest of this image's manifest"),
        (f"{NAME}@{ETCD}", "the digest of registry.k8s.io/etcd:3.6.6-0"),
        (ETCD_ID, "the ID of registry.k8s.io/etcd:3.6.6-0"),
        (f"{NAME}@{digest('0')}", "no image with this digest at the start"),
        (TAG, "named by its tag alone"),
    ],
)
def test_another_digest_is_told_by_what_it_is(image: str, says: str) -> None:
    found = graded(SAME, image)
    assert (found.outcome, says in found.observed) == ("fail", True), found.observed


def test_without_its_lab_no_digest_is_right_or_wrong() -> None:
    """Files alone tell how the image is named, and not which one it is."""
    assert graded(PINNED, f"{NAME}@{OWN}", {}).outcome == "pass"
    assert graded(SAME, f"{NAME}@{OWN}", {}).outcome == "unknown"
    assert graded(SAME, TAG, {}).outcome == "fail"


def test_two_manifests_of_the_pod_are_told() -> None:
    backup = MANIFEST_PATH.replace(".yaml", ".yaml.bak")
    evidence = node({MANIFEST_PATH: named(f"{NAME}@{OWN}"), backup: MANIFEST}, INITIAL)
    for params in (PINNED, SAME, RUNS):
        found = judge("static-pod-image", params, evidence)
        assert (found.outcome, "both hold a pod named" in found.observed) == ("fail", True)


def container(
    image: str, image_id: str = ID, uid: str = UID, name: str = POD, made: str | None = None
) -> PodContainer:
    return PodContainer(name, image_id, container_hash(name, image) if made is None else made, uid, running=True)


def runs(*containers: PodContainer, uid: str = UID, state: Any = "ready", **more: Any) -> dict[Need, Fact]:
    found = RunningContainersFact(containers)
    return {**INITIAL, **server(state=state, pod_uid=uid, **more), RunningContainersNeed(POD): found}


PIN = f"{NAME}@{OWN}"


@pytest.mark.parametrize(
    "facts",
    [
        runs(container(PIN)),
        runs(container(PIN), container("side", name="side", image_id=ETCD_ID)),
        runs(container(PIN), container(TAG, uid="0ld")),
    ],
)
def test_the_container_that_was_made_for_the_manifest_runs(facts: dict[Need, Fact]) -> None:
    assert graded(RUNS, PIN, facts).outcome == "pass"


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (runs(container(TAG)), "was made for another image: than the manifest has"),
        (runs(container(f"{TAG}@{OWN}")), "was made for another image: than the manifest has"),
        (runs(container(PIN, image_id=ETCD_ID)), "of another image: registry.k8s.io/etcd:3.6.6-0"),
        (runs(container(PIN, image_id=digest("0"))), "did not have at the start"),
        (runs(container(PIN, uid="0ld")), "of another pod"),
        (runs(container("side", name="side")), "no container of it runs"),
        (runs(), "no container of it runs"),
    ],
)
def test_what_else_runs_is_told(facts: dict[Need, Fact], says: str) -> None:
    found = graded(RUNS, PIN, facts)
    assert (found.outcome, says in found.observed) == ("fail", True), found.observed


@pytest.mark.parametrize(
    "facts",
    [
        runs(container(PIN, made="")),
        runs(container(PIN), uid=""),  # a process of the node, or one whose start nobody saw
        {**INITIAL, **server(state="ready"), RunningContainersNeed(POD): Unavailable("containerd does not tell")},
        {**runs(container(PIN)), InitialImageNeed(POD): Unavailable("this lab kept no images")},
        runs(container(PIN), state="not-ready"),
        {**INITIAL, ApiServerNeed(): Unavailable("the node does not answer")},
    ],
)
def test_what_cannot_be_found_out_costs_no_points(facts: dict[Need, Fact]) -> None:
    assert graded(RUNS, PIN, facts).outcome == "unknown"


SLEEPER = f"""\
  containers:
  - name: kube-apiserver
    image: {PIN}
    command: [sleep, infinity]
"""


def beside(sleeper: str = SLEEPER, image: str = TAG) -> str:
    """A manifest in which the API server's container is called `server`, and a sleeper has its name."""
    text = named(image).replace("    name: kube-apiserver\n", "    name: server\n")
    return text.replace("  containers:\n", sleeper)


def test_the_container_that_counts_is_the_one_that_serves() -> None:
    """Whatever it is called; and of two API servers the one that is asked."""
    second = SLEEPER.replace("sleep, infinity", "kube-apiserver, --secure-port=7443")
    for sleeper in (SLEEPER, second):
        facts = runs(container(TAG, name="server"), container(PIN), container="server")
        evidence = node({MANIFEST_PATH: beside(sleeper)}, facts)
        for params in (PINNED, SAME, RUNS):
            found = judge("static-pod-image", params, evidence)
            assert found.outcome == ("pass" if params is RUNS else "fail"), found
        right = runs(container(PIN, name="server"), container(TAG), container="server")
        for params in (PINNED, SAME, RUNS):
            text = beside(sleeper.replace(PIN, TAG), PIN)
            assert judge("static-pod-image", params, node({MANIFEST_PATH: text}, right)).outcome == "pass"


def test_where_nothing_serves_the_container_that_runs_the_program_counts() -> None:
    assert judge("static-pod-image", PINNED, node({MANIFEST_PATH: beside()}, INITIAL)).outcome == "fail"
    text = named(PIN).replace("    name: kube-apiserver\n", "    name: apiserver\n")
    assert judge("static-pod-image", PINNED, node({MANIFEST_PATH: text}, INITIAL)).outcome == "pass"


def test_nobody_is_told_what_serves_where_it_is_not_known() -> None:
    facts = runs(container(TAG, name="server"), container(PIN))
    assert judge("static-pod-image", RUNS, node({MANIFEST_PATH: beside()}, facts)).outcome == "unknown"


ARGV = tuple(yaml.safe_load(MANIFEST)["spec"]["containers"][0]["command"])


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"argv": ARGV}, ""),
        ({"argv": ()}, ""),
        ({"argv": ("/go-runner", "--", *ARGV)}, ""),
        ({"container": POD, "program": "/usr/local/bin/kube-apiserver"}, ""),
        (
            {"argv": (*ARGV[:-1], "--x=y")},
            "was started with --x=y, where the manifest has --service-account-signing",
        ),
        ({"argv": ARGV[:-1]}, "was started with no more arguments, where the manifest has --service"),
        ({"argv": (*ARGV, "--x")}, "was started with --x, where the manifest has no more arguments"),
        ({"argv": ARGV, "outdated": True}, "no kubelet runs that would start it anew"),
        ({"container": "server"}, "is server, which the manifest does not have"),
        ({"program": "/etc/kubernetes/admission/kube-apiserver"}, "of a mounted volume and not of the image"),
    ],
)
def test_what_serves_was_started_from_the_manifest_and_is_the_image_s_program(
    fields: dict[str, Any], says: str
) -> None:
    found = graded(RUNS, PIN, runs(container(PIN), **fields))
    assert (found.outcome, says in found.observed) == ("fail" if says else "pass", True), found


def test_an_api_server_that_is_down_for_its_image_is_told_with_the_kubelets_words() -> None:
    image = f"{TAG}@{ETCD}"
    said = (
        'E1127 07:30:49.618181    6791 pod_workers.go:1324] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" '
        f'for \\"kube-apiserver\\" with ErrImagePull: \\"failed to pull and unpack image \\\\\\"{NAME}@{ETCD}\\\\\\": '
        'dial tcp: lookup registry.k8s.io: no such host\\"" pod="kube-system/kube-apiserver-controlplane"'
    )
    evidence = node({MANIFEST_PATH: named(image)}, runs(state="down", kubelet=(said,)), {MANIFEST_PATH: MANIFEST})
    for name, params in (("static-pod-image", RUNS), ("apiserver-ready", {})):
        found = judge(name, params, evidence)
        assert (found.outcome, "cannot get the image" in found.observed) == ("fail", True), found


@pytest.mark.parametrize(
    ("version", "reference", "outcome"),
    [
        ("v1.35.4", TAG, "pass"),
        ("v1.35.3", TAG, "fail"),
        ("", TAG, "fail"),
        ("v1.36.0-alpha.0.1+abc", f"{NAME}:v1.36.0-alpha.0.1_abc", "pass"),
        ("v1.35.4", f"{NAME}@{OWN}", "unknown"),
    ],
)
def test_the_version_of_the_start_is_the_tag_of_the_image_then(version: str, reference: str, outcome: str) -> None:
    facts: dict[Need, Fact] = {InitialImageNeed(POD): InitialImageFact(reference, IMAGE, (IMAGE,))}
    evidence = node({}, {**server(state="ready", version=version), **facts})
    assert judge("apiserver-ready", {"same-version": True}, evidence).outcome == outcome


def noted(text: str | FileFact | None, image: str = PIN, facts: dict[Need, Fact] | None = None) -> Finding:
    changes = {MANIFEST_PATH: named(image), FILE: text}
    return judge("answer-file", NOTED, node(changes, INITIAL if facts is None else facts))


@pytest.mark.parametrize(
    ("text", "image"),
    [
        (OWN, PIN),
        (f"{OWN}\n", PIN),
        (f"\n  {OWN} \r\n\n", PIN),
        (f"\ufeff{OWN}\n", PIN),
        (INDEX, PIN),
        (OWN, TAG),  # right in itself: that the manifest does not use it is told elsewhere
        (ID, ID),
        (OWN, ID),
    ],
)
def test_a_digest_of_the_image_alone_in_the_file_is_right(text: str, image: str) -> None:
    assert noted(text, image).outcome == "pass"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        (f"{NAME}@{OWN}", "what stands before the @"),
        (f"@{OWN}", "what stands before the @"),
        (OWN[7:], "sha256: and 64 hexadecimal digits make one"),
        (OWN[:19], "it is cut: 12 of 64 digits"),
        (f"{OWN[:20]}...", "it is cut: 13 of 64 digits"),
        (OWN.upper(), "lower case"),
        ("sha256:" + "A" * 64, "lower case"),
        (f"digest: {OWN}", "sha256 is what"),
        (f"{OWN} # kube-apiserver", "nothing else"),
        (f"{OWN} {OWN}", "nothing else"),
        (f"{OWN}\n{OWN}\n", "2 lines"),
        (f"{OWN}\n{ETCD}\n", "2 lines"),
        (f'"{OWN}"', "sha256 is what"),
        (ETCD, "the digest of registry.k8s.io/etcd:3.6.6-0"),
        (ID, "this image's ID"),
        (digest("0"), "no image with this digest"),
        (FileFact(FILE, "absent"), "there is no such file"),
        (FileFact(FILE, "folder"), "folder"),
    ],
)
def test_what_else_stands_in_the_file_is_told(text: str | FileFact, says: str) -> None:
    found = noted(text)
    assert (found.outcome, says in found.observed) == ("fail", True), found.observed


def test_an_id_is_noted_only_of_a_manifest_that_names_it() -> None:
    assert noted(ID, f"{NAME}@{ID}").outcome == "fail"
    assert noted(ID, OWN).outcome == "fail"
    broken = node({MANIFEST_PATH: "]", FILE: ID}, INITIAL)
    assert judge("answer-file", NOTED, broken).outcome == "fail"


def test_a_file_without_its_lab_is_undecided_unless_it_holds_no_digest() -> None:
    assert noted(OWN, facts={}).outcome == "unknown"
    assert noted(OWN[:19], facts={}).outcome == "fail"
    assert noted(None, facts={}).outcome == "fail"


@pytest.mark.parametrize(
    "params",
    [
        {"pod": POD},
        {"pod": POD, "name": NAME},
        {"pod": POD, "same-digest": True, "name": NAME},
        {"pod": POD, "by-digest": True, "name": TAG},
        {"pod": POD, "by-digest": True, "name": f"{NAME}@{OWN}"},
        {"pod": POD, "by-digest": True, "name": "Not A Name"},
        {"by-digest": True},
        {"pod": POD, "by-digest": False},
    ],
)
def test_parameters_that_assert_nothing_or_no_name_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CHECK_TYPES["static-pod-image"].params.model_validate(params)


def test_only_what_runs_needs_a_cluster() -> None:
    check = CHECK_TYPES["static-pod-image"]
    for params, live in ((PINNED, False), (SAME, False), (RUNS, True)):
        assert check.live(check.params.model_validate(params)) is live
    answer = CHECK_TYPES["answer-file"]
    assert answer.live(answer.params.model_validate(NOTED)) is False


def test_evidence_that_was_not_collected_is_asked_for() -> None:
    """All that a verdict reads is named before, so that one round collects it."""
    for name, params in (("static-pod-image", RUNS), ("answer-file", NOTED)):
        check = CHECK_TYPES[name]
        given = check.params.model_validate(params)
        known = {need: Unavailable("x") for need in check.needs(given)}
        assert judge(name, params, Evidence(known)).outcome == "unknown"
