"""How many hosts run at once: what memory, processors and inotify hold, at least one."""

from __future__ import annotations

import pytest

from ckslab.exam import capacity
from ckslab.exam.capacity import LAB_BYTES, labs_at_once


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> dict[str, int | None]:
    has: dict[str, int | None] = {"memory": 100 * LAB_BYTES, "inotify": 8192, "processors": 16}
    monkeypatch.setattr(capacity, "available_bytes", lambda: has["memory"])
    monkeypatch.setattr(capacity, "_inotify", lambda: has["inotify"])
    monkeypatch.setattr(capacity.os, "cpu_count", lambda: has["processors"])
    return has


def test_no_more_than_there_are_tasks(machine: dict[str, int | None]) -> None:
    assert labs_at_once(6, local=True) == 6


@pytest.mark.parametrize(("labs_of_memory", "held"), [(4, 3), (3, 2), (2, 1), (1, 1), (0, 1)])
def test_one_more_finds_room_while_it_is_made(
    machine: dict[str, int | None], labs_of_memory: int, held: int
) -> None:
    machine["memory"] = labs_of_memory * LAB_BYTES + 5
    assert labs_at_once(17, local=True) == held


def test_inotify_bounds_embedded_nodes_alone(machine: dict[str, int | None]) -> None:
    machine["inotify"] = 128
    assert labs_at_once(17, local=True) == 4
    assert labs_at_once(17, local=False) == 17


def test_processors_bound_all(machine: dict[str, int | None]) -> None:
    machine["processors"] = 2
    assert labs_at_once(17, local=False) == 4


def test_what_nobody_knows_bounds_nothing(machine: dict[str, int | None]) -> None:
    machine["memory"] = machine["inotify"] = None
    assert labs_at_once(17, local=True) == 17


def test_this_machine_tells_its_memory_or_nothing() -> None:
    found = capacity.available_bytes()
    assert found is None or found > 0
