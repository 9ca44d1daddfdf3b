"""Which files of a lab's start the scenario itself tells, so that files alone can be compared with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ckslab.evidence import FileFact
from ckslab.lab.grade_files import grade_handed_in
from ckslab.lab.laid_files import laid_files
from ckslab.scenario.answers.model import SOLUTION
from ckslab.scenario.draws import Draw
from ckslab.scenario.loading.load import load
from ckslab.scenario.model import Scenario
from tests.support.answers_on_files import SCENARIOS, left_by, untouched
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
    assert PATH not in laid_files(replace(scenario, pools=(Draw(of=("a", "b"), as_=("one",)),)))


def test_nothing_is_known_where_steps_or_add_ons_have_a_hand_in_it(tmp_path: Path) -> None:
    scenario, _ = laid(tmp_path)
    assert scenario.faults
    steps = scenario.faults.choices[0].steps
    assert laid_files(replace(scenario, setup=replace(scenario.setup, steps=steps))) == {}
    add_on = {"gatekeeper": scenario.checks[0].params}
    assert laid_files(replace(scenario, setup=replace(scenario.setup, add_ons=add_on))) == {}


ROOTS = sorted({folder.parent for folder in SCENARIOS.values()})


@pytest.mark.parametrize(("answer", "score"), [(SOLUTION, 100), ("what only looks strange changed", 90)])
def test_files_alone_decide_everything_without_a_word_of_their_lab(answer: str, score: int, tmp_path: Path) -> None:
    folder = left_by("dockerfile-two-fixes", answer, ()).lay(tmp_path / "node")
    report = grade_handed_in(folder, "dockerfile-two-fixes", ROOTS)
    assert (report.score, report.undecided) == (score, 0)
    fresh = untouched("dockerfile-two-fixes", ()).lay(tmp_path / "fresh")
    report = grade_handed_in(fresh, "dockerfile-two-fixes", ROOTS)
    assert (report.score, report.undecided) == (0, 0)
