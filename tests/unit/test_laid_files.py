"""Which files of a lab's start the scenario itself tells, so that files alone can be compared with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ckslab.evidence import FileFact
from ckslab.lab.laid_files import laid_files
from ckslab.scenario.loading.load import load
from ckslab.scenario.model import Scenario
from tests.support.scenario_pack import KINDS, pack

PATH = "/etc/admission/kubeconf"


def laid(folder: Path, content: str = "port: 8443\n") -> tuple[Scenario, dict[str, FileFact]]:
    scenario = load(pack(folder, {f"setup/node{PATH}": content}), KINDS)
    return scenario, laid_files(scenario)


def test_what_is_laid_alike_in_every_lab_is_known_whole(tmp_path: Path) -> None:
    _, files = laid(tmp_path)
    assert (files[PATH].kind, files[PATH].mode, files[PATH].text) == ("file", 0o600, "port: 8443\n")
    assert "/etc/admission/ca.crt" not in files


@pytest.mark.parametrize("content", ["token: ${nonce}\n", "${nonce}"])
def test_what_waits_for_the_lab_is_not_known(content: str, tmp_path: Path) -> None:
    assert PATH not in laid(tmp_path, content)[1]


def test_where_words_are_drawn_what_looks_like_one_is_not_known(tmp_path: Path) -> None:
    scenario, files = laid(tmp_path, "FROM ubuntu:${tag}\n")
    assert PATH in files
    assert PATH not in laid_files(replace(scenario, draws=True))


def test_nothing_is_known_where_steps_or_add_ons_have_a_hand_in_it(tmp_path: Path) -> None:
    scenario, _ = laid(tmp_path)
    assert scenario.faults
    steps = scenario.faults.choices[0].steps
    assert laid_files(replace(scenario, setup=replace(scenario.setup, steps=steps))) == {}
    add_on = {"gatekeeper": scenario.checks[0].params}
    assert laid_files(replace(scenario, setup=replace(scenario.setup, add_ons=add_on))) == {}
