"""A new seed: another draw than in the labs that were graded before, as long as the pools have one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckslab.cli import main
from ckslab.errors import UsageError
from ckslab.lab.catalogue import SHIPPED, load_scenario, scenario_ids
from ckslab.lab.life.start import Wanted, new_record, start_lab
from ckslab.lab.model import Lab
from ckslab.progress import Silent
from ckslab.scenario.draws import Draw, drawn_words
from ckslab.scenario.faults import draw_faults
from ckslab.scenario.model import Scenario
from ckslab.scenario.new_seed import unlike
from ckslab.store.history.record import record
from tests.support.gradings import grading
from tests.support.lab_on_disk import lab_on_disk

pytestmark = pytest.mark.usefixtures("own_home")

POOLS = (Draw(of=("a", "b", "c"), as_=("one",)), Draw(of=("x", "y"), as_=("two",)))


def pooled() -> Scenario:
    return replace(load_scenario("ipw-tls", [SHIPPED]), pools=POOLS)


@given(st.lists(st.integers(0, 9999), max_size=5))
def test_a_draw_that_nobody_met_is_found_while_there_is_one(sat: list[int]) -> None:
    met = [drawn_words(POOLS, seed) for seed in sat]
    found = drawn_words(POOLS, unlike(SCENARIO, sat, range(200)))
    assert found not in met  # six draws, five at most were met
    if len({tuple(one.values()) for one in met}) < 2 and met:
        assert all(found[word] != met[0][word] for word in found)


SCENARIO = pooled()


def test_where_every_draw_was_met_it_is_another_one_than_the_last_time() -> None:
    sat = list(range(300))
    assert drawn_words(POOLS, unlike(SCENARIO, sat, range(500, 600))) != drawn_words(POOLS, sat[0])


def test_faults_count_as_words_do() -> None:
    known = load_scenario("ipw-debug-down", [SHIPPED])
    before = draw_faults(known.faults, 3)
    after = draw_faults(known.faults, unlike(known, [3], range(100)))
    assert not {one.id for one in before} & {one.id for one in after}


def test_a_start_takes_the_seeds_of_the_history_into_account() -> None:
    known = replace(load_scenario("ipw-tls", [SHIPPED]), pools=(Draw(of=("a", "b"), as_=("one",)),))
    for seed in range(5):
        last = grading("ipw-tls", seed, f"2026-01-0{seed + 1}T00:00:00Z")
        record(last)
        made = new_record("one", known, "local", Wanted("ipw-tls", (), new_seed=True))
        assert drawn_words(known.pools, made.seed) != drawn_words(known.pools, seed)


def test_where_nothing_is_drawn_there_is_no_new_seed() -> None:
    known = load_scenario("ipw-from-docs", [SHIPPED])
    with pytest.raises(UsageError, match="each lab of ipw-from-docs is alike"):
        new_record("one", known, "local", Wanted("ipw-from-docs", (), new_seed=True))
    assert new_record("one", known, "local", Wanted("ipw-from-docs", ())).seed == 0


def test_a_lab_that_is_there_is_not_thrown_away(tmp_path: Path) -> None:
    lab: Lab = lab_on_disk(tmp_path)
    with pytest.raises(UsageError, match="there is a lab one already, of seed 7") as caught:
        start_lab(Wanted("node-lab", [lab.record.folder], name="one", new_seed=True), Silent())
    assert "ckslab stop one" in caught.value.advice


def test_a_seed_and_a_new_one_are_not_both_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["start", "ipw-tls", "--seed", "3", "--new-seed"]) == 2
    assert "--seed or --new-seed" in capsys.readouterr().err


def test_eleven_scenarios_and_more_are_another_task_at_a_second_sitting() -> None:
    assert sum(load_scenario(name, [SHIPPED]).seeded for name in scenario_ids([SHIPPED])) >= 11
