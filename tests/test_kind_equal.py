"""An answer has the same grade on kind as on the embedded node, check by check."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from node_fixtures.home import Home

from ckslab.cluster.kind.backend import KindBackend
from ckslab.cluster.local.backend import LocalBackend
from ckslab.lab import catalogue
from ckslab.lab.tasks import UNTOUCHED, Task, tasks
from ckslab.lab.verdict import unequal
from ckslab.lab.verify import Player

WRONG = 3
"""Wrong answers that are compared of the first scenario in each topic; CKSLAB_TEST_ANSWERS=all compares all."""


def chosen() -> list[Task]:
    listed = list(tasks([], catalogue.roots(), None, 1))
    if os.environ.get("CKSLAB_TEST_ANSWERS") == "all":
        return listed
    topics: dict[str, str] = {}
    for task in listed:
        topics.setdefault(task.scenario.topic, task.scenario.id)
    picked = []
    for scenario in topics.values():
        own = [task for task in listed if task.scenario.id == scenario]
        firsts = {name: next(task for task in own if task.answer == name) for name in (UNTOUCHED, "solution")}
        wrong = [task for task in own if task.answer not in firsts and task.answers.answer(task.answer).fails]
        picked += [*firsts.values(), *wrong[:: max(1, len(wrong) // WRONG)][:WRONG]]
    return picked


@pytest.fixture(scope="module")
def on_kind(kind_image: str, library_home: Home) -> Iterator[Player]:
    with Player(KindBackend(kind_image), ["equal-kind"]) as player:
        yield player


@pytest.fixture(scope="module")
def on_local(library_home: Home) -> Iterator[Player]:
    with Player(LocalBackend(), ["equal-local"]) as player:
        yield player


@pytest.mark.kind
@pytest.mark.parametrize("task", chosen(), ids=lambda task: f"{task.scenario.id}: {task.label}")
def test_the_grade_is_that_of_the_embedded_node(task: Task, on_kind: Player, on_local: Player) -> None:
    with ThreadPoolExecutor(2) as pool:
        kind, local = pool.map(lambda player: player.play(task), (on_kind, on_local))
    assert (kind.outcome, kind.detail) == ("pass", "")
    assert not unequal(kind.grades, local.grades, "local")
