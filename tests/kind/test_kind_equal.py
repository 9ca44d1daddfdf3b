"""An answer has the same grade on kind as on the embedded node, check by check."""

from __future__ import annotations

import pytest

from ckslab.lab import catalogue
from ckslab.lab.results import AnswerResult
from ckslab.lab.verify.jobs import UNTOUCHED, Job, plan_jobs
from ckslab.lab.verify.run import run_jobs
from ckslab.progress import Silent
from ckslab.scenario.model import Scenario
from tests.support.node_fixtures.home import Home


def rooms(scenario: Scenario) -> tuple[str, ...]:
    """The services and add-ons that its node has: what kind and the embedded node give in ways of their own."""
    return (*sorted(one.kind for one in scenario.services.values()), *sorted(scenario.setup.add_ons))


def chosen() -> list[Job]:
    """Of the first scenario with each set of rooms, the solution and a wrong answer. `make verify-kind` plays all."""
    listed = plan_jobs([], catalogue.scenario_roots())
    first = {rooms(job.scenario): job.scenario.id for job in reversed(listed)}
    picked = []
    for scenario in sorted(first.values()):
        own = [job for job in listed if job.scenario.id == scenario]
        solution = next(job for job in own if job.answer == "solution")
        wrong = next(job for job in own if job.answer != UNTOUCHED and job.answers.answer(job.answer).fails)
        picked += [solution, wrong]
    return picked


@pytest.fixture(scope="module")
def played(kind_image: str, library_home: Home) -> dict[tuple[str, str], list[AnswerResult]]:
    """What kind, then the embedded node made of each; the second was compared with the first."""
    found: dict[tuple[str, str], list[AnswerResult]] = {}
    for one in run_jobs(chosen(), labs=2, cluster="kind", against="local", progress=Silent()):
        found.setdefault((one.scenario, one.answer), []).append(one)
    return found


@pytest.mark.kind
@pytest.mark.timeout(1800)  # the first waits for all that are played
@pytest.mark.parametrize("job", chosen(), ids=lambda job: f"{job.scenario.id}: {job.label}")
def test_the_grade_is_that_of_the_embedded_node(
    job: Job, played: dict[tuple[str, str], list[AnswerResult]]
) -> None:
    both = played[job.scenario.id, job.label]
    assert [(one.cluster, one.outcome, one.detail) for one in both] == [("kind", "pass", ""), ("local", "pass", "")]
    assert both[0].grades == both[1].grades != {}
