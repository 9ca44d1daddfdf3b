"""Gatekeeper in a kind node: where its image comes from, and what reset brings back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from node_fixtures.kind_home import KindHome

from ckslab.cluster import binaries
from ckslab.cluster.gatekeeper import IMAGE
from ckslab.cluster.kind import gatekeeper_image, record
from ckslab.cluster.kind.engine import Engine
from ckslab.errors import MissingCapability
from ckslab.progress import Silent

LAB = "second"
NO_NETWORK = 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.53:53: no such host'


def engine(folder: Path, inspect: str, pull: str = "") -> Engine:
    """A program that has the image with this architecture ("": it has none), and fails to pull with these words."""
    program = folder / "docker"
    program.write_text(
        f"#!/bin/sh\necho \"$@\" >>{folder}/calls\n"
        f'[ "$1" = image ] && [ -n "{inspect}" ] && echo "{inspect}" && exit 0\n'
        f"[ \"$1\" = pull ] && echo '{pull}' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    return Engine("docker", str(program))


def other_architecture() -> str:
    return "arm64" if binaries.load().arch == "amd64" else "amd64"


def test_what_the_engine_has_is_neither_pulled_nor_built(tmp_path: Path) -> None:
    assert gatekeeper_image.ensure(engine(tmp_path, "arm64"), "arm64", Silent()) is None
    assert "pull" not in (tmp_path / "calls").read_text()


def test_what_this_machine_has_is_taken_before_a_pull(tmp_path: Path) -> None:
    place = binaries.locate(["gatekeeper"])["gatekeeper"]
    if not isinstance(place, binaries.Found):
        pytest.skip("Gatekeeper was not built here")
    found = gatekeeper_image.ensure(engine(tmp_path, other_architecture()), binaries.load().arch, Silent())
    assert found == place.path
    assert "pull" not in (tmp_path / "calls").read_text()


def test_for_a_node_that_runs_no_binaries_of_this_machine_the_way_out_is_told(tmp_path: Path) -> None:
    node = other_architecture()
    with pytest.raises(MissingCapability) as raised:
        gatekeeper_image.ensure(engine(tmp_path, "", NO_NETWORK), node, Silent())
    assert f"no image of Gatekeeper for this lab's node (linux/{node})" in raised.value.message
    assert "no network" in raised.value.message
    assert f"docker pull --platform=linux/{node} {IMAGE}" in raised.value.advice
    assert f"pull --platform=linux/{node} {IMAGE}" in (tmp_path / "calls").read_text()


def test_a_record_of_before_there_were_add_ons_has_none(tmp_path: Path) -> None:
    old = {"engine": "docker", "cluster": "c", "container": "id", "image": "i", "base": "b", "fresh": False}
    (tmp_path / record.FILE).write_text(json.dumps(old))
    found = record.read_record(tmp_path)
    assert found is not None
    assert found.add_ons == ()


def test_a_records_add_ons_are_read_as_they_were_written(tmp_path: Path) -> None:
    written = record.Record("docker", "c", "id", "image", "base", fresh=True, add_ons=("gatekeeper",))
    record.write_record(tmp_path, written)
    assert record.read_record(tmp_path) == written


@pytest.mark.kind
def test_reset_brings_gatekeeper_back_and_its_image_too(kind_home: KindHome) -> None:
    kind_home.run("start", "k8strustedimages", "--name", LAB).ok()
    container = kind_home.container_id(LAB)
    kind_home.node("kubectl delete --wait=false namespace gatekeeper-system", LAB).ok()
    kind_home.node(f"ctr --namespace k8s.io images rm --sync {IMAGE}", LAB).ok()
    kind_home.run("reset", LAB).ok()
    assert kind_home.container_id(LAB) == container
    pods = "kubectl --namespace gatekeeper-system wait --for=condition=Available --timeout=1s deployment --all"
    assert kind_home.node(pods, LAB).ok()
    leases = "kubectl --namespace kube-system get lease kube-controller-manager --output=jsonpath={.spec.leaseTransitions}"
    assert kind_home.node(leases, LAB).ok().out == "0"
    kind_home.run("stop", LAB).ok()
    assert kind_home.left() == []
