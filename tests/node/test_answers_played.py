"""Answers of the shipped scenarios on the real node: of each topic one scenario, and what the last commit touched.

`make verify` plays all of them. Here the number of plays does not grow with the scenarios: untouched, the solution and
one more answer of the first scenario of each topic, and as many as MOST allows of the scenarios that the last commit
touched. CKSLAB_TEST_ANSWERS=all: all.
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
from ckslab.lab.verify.answer_runner import AnswerRunner
from ckslab.lab.verify.jobs import UNTOUCHED, Job, plan_jobs
from tests.support.node_fixtures.home import Home

ROOT = Path(__file__).parents[2]
MOST = 24
"""Plays in all; each takes about 15 s."""


def changed_files() -> list[str]:
    words = ["git", "-C", str(ROOT), "diff", "--name-only", "HEAD~1", "HEAD", "--", "scenarios"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()


def first_of_each_topic(listed: list[Job]) -> list[Job]:
    """Of one scenario a topic: untouched, the solution, another answer."""
    scenarios: dict[str, str] = {}
    for job in listed:
        scenarios.setdefault(job.scenario.topic, job.scenario.id)
    found: list[Job] = []
    for name in scenarios.values():
        own = [job for job in listed if job.scenario.id == name]
        firsts = [next(job for job in own if job.answer == answer) for answer in (UNTOUCHED, "solution")]
        found += [*firsts, own[-1]]
    return found


def chosen() -> list[Job]:
    listed = plan_jobs([], catalogue.scenario_roots())
    if os.environ.get("CKSLAB_TEST_ANSWERS") == "all":
        return listed
    found = first_of_each_topic(listed)
    files = changed_files()
    touched = [job for job in listed if any(f"/{job.scenario.id}/" in file for file in files)]
    new = [job for job in touched if job not in found]
    return [*found, *random.Random(0).sample(new, max(0, min(len(new), MOST - len(found))))]


@pytest.fixture(scope="module")
def runner(library_home: Home) -> Iterator[AnswerRunner]:
    with AnswerRunner(LocalBackend(), ["played"]) as made:
        yield made


@pytest.mark.node
@pytest.mark.parametrize("job", chosen(), ids=lambda job: f"{job.scenario.id}: {job.label}")
def test_the_answer_is_graded_as_its_scenario_says(job: Job, runner: AnswerRunner) -> None:
    played = runner.run(job)
    assert (played.outcome, played.detail) == ("pass", "")
