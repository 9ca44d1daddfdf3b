"""Answers of the shipped scenarios on the real node: untouched and solution of each, and a sample of the others.

`make verify` plays all of them. Here: every answer of scenarios that the last commit touched, and of the rest a
sample that the commit draws, so that the time stays bounded as scenarios are added. CKSLAB_TEST_ANSWERS=all: all.
"""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ckslab.cluster.local.backend import LocalBackend
from ckslab.lab import catalogue
from ckslab.lab.verify import AnswerRunner
from ckslab.lab.verify_jobs import UNTOUCHED, Job, plan_jobs
from tests.support.node_fixtures.home import Home

ROOT = Path(__file__).parents[2]
SAMPLE = 6
TOUCHED_AT_MOST = 12


def git(*words: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)
    return done.stdout


def chosen() -> list[Job]:
    listed = list(plan_jobs([], catalogue.roots(), None, 1))
    if os.environ.get("CKSLAB_TEST_ANSWERS") == "all":
        return listed
    firsts = {}
    for task in listed:
        if task.answer in (UNTOUCHED, "solution"):
            firsts.setdefault((task.scenario.id, task.answer), task)
    rest = [task for task in listed if task not in firsts.values()]
    dice = random.Random(git("rev-parse", "HEAD").strip())
    changed = git("diff", "--name-only", "HEAD~1", "HEAD", "--", "scenarios").split()
    touched = [task for task in rest if any(f"/{task.scenario.id}/" in path for path in changed)]
    touched = dice.sample(touched, min(TOUCHED_AT_MOST, len(touched)))
    others = [task for task in rest if task not in touched]
    return [*firsts.values(), *touched, *dice.sample(others, min(SAMPLE, len(others)))]


@pytest.fixture(scope="module")
def player(library_home: Home) -> Iterator[AnswerRunner]:
    with AnswerRunner(LocalBackend(), ["played"]) as made:
        yield made


@pytest.mark.node
@pytest.mark.parametrize("task", chosen(), ids=lambda task: f"{task.scenario.id}: {task.label}")
def test_the_answer_is_graded_as_its_scenario_says(task: Job, player: AnswerRunner) -> None:
    played = player.play(task)
    assert (played.outcome, played.detail) == ("pass", "")
