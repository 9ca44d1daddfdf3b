"""A lab with a second kind of service and a second add-on on the real node, from its start to its reset."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ckslab.lab import Wanted, find_lab, grade_lab, reset_lab, start_lab, stop_lab
from ckslab.lab.catalogue import load_scenario
from ckslab.lab.model import Lab
from ckslab.needs.collect import collect
from ckslab.needs.probe import ProbeFact, ProbeNeed
from ckslab.progress import Silent
from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.answers.model import answer_steps
from tests.support.node_fixtures.home import Home
from tests.support.second import SCENARIOS, register
from tests.support.second.greeter import IMAGE

pytestmark = pytest.mark.node

NAME = "second-lab"
POD = '{"apiVersion":"v1","kind":"Pod","metadata":{},"spec":{"containers":[{"image":"a","name":"main"}]}}'


@pytest.fixture(scope="module")
def second(library_home: Home) -> Iterator[Lab]:
    with pytest.MonkeyPatch.context() as patch:
        register(patch)
        start_lab(Wanted(NAME, [SCENARIOS], "local"), Silent())
        yield find_lab(NAME)
        stop_lab(find_lab(NAME), Silent())


def said(lab: Lab, *argv: str) -> str:
    done = lab.running().node.run(argv)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def times_stopped(lab: Lab) -> int:
    return said(lab, "cat", "/var/log/clock-tower.log").split().count("stopped")


def test_both_are_there_before_the_learner(second: Lab) -> None:
    assert said(second, "cat", "/run/tower/time").strip().isdigit()
    assert "127.0.0.1 clock.lab" in said(second, "cat", "/etc/hosts")
    words = ("kubectl", "-n", "greeter", "get", "configmap", "greeting", "--output=jsonpath={.data.words}")
    assert said(second, *words) == "good morning"
    assert said(second, "stat", "--format=%a", "/opt/greeter/README") == "600\n"
    assert IMAGE in said(second, "ctr", "--namespace=k8s.io", "images", "ls", "--quiet").split()


def test_the_service_is_stopped_for_a_probe_and_serves_again(second: Lab) -> None:
    running = second.running()
    sources = running.sources(running.settle(Silent()))
    before = times_stopped(second)
    need = ProbeNeed(POD, "default", stopped="tower")
    fact = collect(sources)(frozenset({need}))[need]
    assert isinstance(fact, ProbeFact)
    assert (fact.outcome, fact.asked) == ("admitted", None)
    assert times_stopped(second) == before + 1
    sources.services["tower"].ensure(running.node)
    with sources.services["tower"].stopped(running.node):
        assert running.node.run(["test", "-e", "/run/tower/time"]).returncode == 1


def test_a_service_that_was_killed_is_started_again(second: Lab) -> None:
    said(second, "labnode", "service", "stop", "clock-tower")
    said(second, "rm", "-f", "/run/tower/time")
    running = second.running()
    running.sources(None).services["tower"].ensure(running.node)
    assert said(second, "cat", "/run/tower/time").strip().isdigit()


def test_it_is_graded_and_reset(second: Lab) -> None:
    scenario = load_scenario(NAME, [SCENARIOS])
    report = grade_lab(second, Silent())
    assert (report.score, report.undecided) == (0, 0)
    second.running().play(answer_steps(load_answers(scenario), "solution"), Silent())
    report = grade_lab(second, Silent())
    assert (report.score, report.undecided) == (100, 0)
    reset_lab(second, Silent())
    report = grade_lab(find_lab(NAME), Silent())
    assert (report.score, report.undecided) == (0, 0)
