"""The exam's clock: nothing stops it, nothing turns it back, and only waiting and pauses do not count."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckslab.exam import clock
from ckslab.exam.clock import Reading, moment, present, remaining
from ckslab.exam.sitting import Sitting

EXAM = Sitting("2026-11-27-a", 1, 120, (), 2)


def running(**changes: float) -> Sitting:
    return replace(EXAM, state="running", started_at=1000.0, **changes)


def test_before_it_starts_the_whole_time_is_left() -> None:
    assert remaining(EXAM, 5e9) == 7200


def test_time_runs_from_its_start_to_zero_and_not_below() -> None:
    assert remaining(running(), 1000) == 7200
    assert remaining(running(), 1000 + 7199) == 1
    assert remaining(running(), 1e9) == 0


def test_a_clock_that_is_set_back_by_an_hour_goes_on_in_the_exam() -> None:
    seen = Reading(10_000, "a", 500)
    assert moment(seen, Reading(10_000 - 3600, "a", 510)) == 10_010


def test_after_a_reboot_the_wall_clock_tells_and_never_less_than_was_seen() -> None:
    seen = Reading(10_000, "a", 500)
    assert moment(seen, Reading(10_300, "b", 40)) == 10_300
    assert moment(seen, Reading(2000, "b", 90_000)) == 10_000


readings = st.builds(Reading, st.floats(0, 1e10), st.sampled_from(["a", "b", ""]), st.floats(0, 1e7))


@given(st.lists(readings, min_size=2, max_size=8), st.integers(1, 240))
def test_remaining_time_never_grows_whatever_the_clocks_say(said: list[Reading], minutes: int) -> None:
    sitting = replace(running(), minutes=minutes)
    seen, left = None, float("inf")
    for now in said:
        at = moment(seen, now)
        assert remaining(sitting, at) <= left
        left = remaining(sitting, at)
        seen = replace(now, wall=at)


def test_what_was_seen_is_kept_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = [Reading(10_000, "a", 500)]
    monkeypatch.setattr(clock, "reading", lambda: at[0])
    assert present(tmp_path) == 10_000
    at[0] = Reading(6_400, "a", 505)
    assert present(tmp_path) == 10_005
    at[0] = Reading(6_000, "b", 3)  # another boot, and a clock that is wrong still
    assert present(tmp_path) == 10_005
    at[0] = Reading(6_000, "b", 43)
    assert present(tmp_path) == 10_045


@pytest.mark.parametrize("text", ["", "[]", '{"wall": "x"}', '{"wall": 1e300, "boot": "a", "uptime": 1}'])
def test_a_damaged_file_leaves_the_wall_clock(tmp_path: Path, text: str) -> None:
    (tmp_path / clock.FILE).write_text(text)
    assert present(tmp_path) == pytest.approx(clock.reading().wall, abs=5)
    assert json.loads((tmp_path / clock.FILE).read_text())["wall"] > 1e9


def test_a_disk_that_refuses_does_not_stop_the_clock(tmp_path: Path) -> None:
    assert present(tmp_path / "gone") == pytest.approx(clock.reading().wall, abs=5)


def test_waiting_for_a_host_does_not_count_and_two_terminals_wait_once() -> None:
    sitting = clock.waited(running(), 1100, 1110)
    sitting = clock.waited(sitting, 1105, 1112)
    sitting = clock.waited(sitting, 1101, 1109)
    assert sitting.waited == 12
    assert remaining(sitting, 1112) == 7200 - 100


def test_a_pause_does_not_count_and_what_is_left_stands() -> None:
    paused = clock.paused(running(), 1600)
    assert remaining(paused, 1600) == remaining(paused, 9e9) == 6600
    again = clock.continued(paused, 5600)
    assert (again.paused, remaining(again, 5600)) == (4000, 6600)


def test_only_a_running_exam_waits_or_is_paused() -> None:
    over = replace(running(), state="over")
    assert clock.waited(over, 1100, 1110) is over
    assert clock.paused(over, 1) is over
    assert clock.continued(running(), 5e9).paused == 0
    assert clock.started(over, 1) is over
    assert remaining(over, 1001) == 0
