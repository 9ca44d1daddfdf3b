"""Gatekeeper in a kind node: where its image comes from, and what reset brings back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ckslab.add_ons.gatekeeper.layers import image_layer
from ckslab.add_ons.gatekeeper.manifest import IMAGE, VERSION
from ckslab.cluster import binaries
from ckslab.cluster.kind import layer_images, record
from ckslab.errors import MissingCapability
from ckslab.progress import Silent
from tests.support.node_fixtures.kind_home import KindHome

LAB = "second"


def test_the_manager_is_that_of_the_nodes_architecture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = "arm64" if binaries.load().arch == "amd64" else "amd64"
    for name, value in {
        "CKSLAB_HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
        "HOME": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CKSLAB_BINARIES", raising=False)
    folder = binaries.cache_dir() / f"gatekeeper-{VERSION}-{other}"
    folder.mkdir(parents=True)
    (folder / "gatekeeper").touch(mode=0o755)
    assert layer_images.ensure(image_layer(), other, Silent()) == {"gatekeeper": folder / "gatekeeper"}


def test_a_manager_that_cannot_be_had_names_the_node_and_the_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "CKSLAB_HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
        "HOME": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CKSLAB_DOWNLOADS", "http://127.0.0.1:9/")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CKSLAB_BINARIES", raising=False)
    monkeypatch.setattr("ckslab.cluster.binaries.build.why_not", lambda *_: "no Go toolchain is installed")
    with pytest.raises(MissingCapability) as raised:
        layer_images.ensure(image_layer(), "arm64", Silent())
    assert "Gatekeeper's image cannot be had for the lab's node (linux/arm64)" in raised.value.message
    assert "CKSLAB_BINARIES" in raised.value.advice


@pytest.mark.parametrize("add_ons", [{}, {"add_ons": []}, {"add_ons": ["gatekeeper"]}])
def test_a_record_of_0_1_0_has_its_add_ons_but_no_layer_of_today(
    tmp_path: Path, add_ons: dict[str, list[str]]
) -> None:
    old = {"engine": "docker", "cluster": "c", "container": "id", "image": "i", "base": "b", "fresh": False}
    (tmp_path / record.FILE).write_text(json.dumps(old | add_ons))
    found = record.read_record(tmp_path)
    assert found is not None
    assert found.layers == tuple(add_ons.get("add_ons", ()))
    assert image_layer().key not in found.layers


def test_a_records_layers_are_read_as_they_were_written(tmp_path: Path) -> None:
    written = record.Record("docker", "c", "id", "image", "base", fresh=True, layers=(image_layer().key,))
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
