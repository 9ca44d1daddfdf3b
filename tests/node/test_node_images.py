"""Images of a node by their digests: the names that its store has, and what a Pod's status says of them."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.node_fixtures.home import SCENARIO, Home

pytestmark = pytest.mark.node
NAMED = re.compile(r"registry\.k8s\.io/(?P<name>[\w-]+)@sha256:[0-9a-f]{64}")


def named(lab: Home) -> set[str]:
    found = map(NAMED.fullmatch, lab.node("ctr -n k8s.io images ls -q").ok().out.split())
    return {match["name"] for match in found if match}


ALL = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "pause"}


def test_each_image_of_the_control_plane_has_a_name_by_digest(lab: Home) -> None:
    assert named(lab) == ALL


def test_a_pods_status_tells_the_digest_as_after_a_pull(lab: Home) -> None:
    pod = json.loads(lab.node("kubectl -n kube-system get pod kube-apiserver-controlplane -o json").ok().out)
    assert NAMED.fullmatch(pod["status"]["containerStatuses"][0]["imageID"])


def test_reset_brings_names_back_that_were_taken_away_or_given_to_another_image(lab: Home) -> None:
    store = "ctr -n k8s.io images"
    before = lab.node(f"{store} ls").ok().out
    lab.node(
        f"{store} rm $({store} ls -q | grep kube-apiserver@);"
        f" {store} tag --force registry.k8s.io/etcd:3.6.6-0 $({store} ls -q | grep kube-scheduler:)"
    ).ok()
    assert named(lab) != ALL or lab.node(f"{store} ls").ok().out != before
    lab.run("reset", SCENARIO).ok()
    assert named(lab) == ALL
    assert lab.node(f"{store} ls").ok().out == before
