"""What this machine cannot run is left out of an exam, and named with the reason and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckslab.cluster import binaries
from ckslab.cluster.backend import Availability
from ckslab.cluster.binaries import Found, Missing
from ckslab.errors import MissingCapability
from ckslab.exam import candidates
from ckslab.exam.candidates import possible, usable_backends
from ckslab.lab import catalogue
from ckslab.lab.layers import layers_of


class Machine:
    """A backend that can do what a test says."""

    def __init__(self, name: str, can: set[str], usable: bool = True) -> None:
        self.name, self.can, self.usable = name, can, usable

    def availability(self) -> Availability:
        return Availability(self.usable, "" if self.usable else "no engine answers")

    def capabilities(self) -> frozenset[str]:
        return frozenset(self.can)


EVERYTHING = {"static-pods", "running-pods", "services", "many-ids", "image-builds"}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Machine]:
    known = {"kind": Machine("kind", set(), usable=False), "local": Machine("local", EVERYTHING)}
    monkeypatch.setattr(candidates.backends, "backend", lambda name: known[name])
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "home"))
    return known


@pytest.fixture(autouse=True)
def missing(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Programs that this machine lacks: none, unless a test says so."""
    lacking = set[str]()

    def locate(names: list[str]) -> dict[str, Found | Missing]:
        there = Path("/bin")
        return {
            name: Missing(name, "not built", "") if name in lacking else Found(name, there / name, "cache", "1")
            for name in names
        }

    monkeypatch.setattr(binaries, "locate", locate)
    return lacking


def test_what_would_have_to_be_built_is_left_out_with_the_command_that_builds_it(
    machine: dict[str, Machine], missing: set[str]
) -> None:
    scenario = catalogue.load_scenario("gk-install", [catalogue.SHIPPED])
    missing |= set(layers_of(scenario)[0].programs)
    found = possible([catalogue.SHIPPED], "local")
    assert "gk-install" not in found.runnable
    assert "ckslab setup gk-install" in found.left_out["gk-install"]
    assert "ipw-complete" in found.runnable
    assert set(found.runnable) | set(found.left_out) == set(catalogue.scenario_ids([catalogue.SHIPPED]))


def test_what_the_backend_cannot_do_is_left_out_with_its_name(machine: dict[str, Machine]) -> None:
    machine["local"].can = {"static-pods"}
    found = possible([catalogue.SHIPPED], "local", ["ipw-complete", "img-multistage"])
    assert set(found.runnable) == {"ipw-complete"}
    assert "which local has not here" in found.left_out["img-multistage"]


def test_the_first_backend_that_can_run_a_task_has_it(machine: dict[str, Machine]) -> None:
    machine["kind"] = Machine("kind", {"static-pods"})
    found = possible([catalogue.SHIPPED], "auto", ["ipw-complete", "always-pull"])
    assert {name: one.backend for name, one in found.runnable.items()}["ipw-complete"] == "kind"
    assert found.runnable["always-pull"].backend == "local"


def test_where_no_backend_runs_the_reasons_are_named(machine: dict[str, Machine]) -> None:
    machine["local"].usable = False
    with pytest.raises(MissingCapability, match="kind: no engine answers · local: no engine answers"):
        usable_backends("auto")


def test_a_scenario_that_cannot_be_read_is_left_out(machine: dict[str, Machine], tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "scenario.yaml").write_text("id: broken\ntitle: x\n")
    found = possible([tmp_path], "local")
    assert "broken/scenario.yaml" in found.left_out["broken"]
