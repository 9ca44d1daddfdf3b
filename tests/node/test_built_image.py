"""The grader's own build on the real node: what it is told, and that nothing of it stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ckslab.evidence import Unavailable
from ckslab.lab import Wanted, find_lab, start_lab, stop_lab
from ckslab.lab.model import Lab
from ckslab.needs.built_image import BuiltImageFact, BuiltImageNeed
from ckslab.progress import Silent
from tests.support.node_fixtures.home import Home

pytestmark = pytest.mark.node

SHIPPED = Path(__file__).parents[2] / "scenarios"
NAME = "img-multistage"
PATH = "/opt/lab/img/Dockerfile"


@pytest.fixture(scope="module")
def lab(library_home: Home) -> Iterator[Lab]:
    start_lab(Wanted(NAME, [SHIPPED], "local"), Silent())
    yield find_lab(NAME)
    stop_lab(find_lab(NAME), Silent())


def built(lab: Lab, dockerfile: str) -> object:
    running = lab.running()
    running.node.run(["sh", "-c", f"cat >{PATH}"], stdin=dockerfile.encode())
    need = BuiltImageNeed(PATH, rules=())
    return BuiltImageNeed.collect([need], running.sources(None))[need]


def names(lab: Lab) -> set[str]:
    done = lab.running().node.run(["ctr", "--namespace=k8s.io", "images", "ls", "--quiet"], timeout=30)
    return set(done.stdout.decode().split())


def test_what_is_built_is_looked_into_runs_and_goes(lab: Lab) -> None:
    before = names(lab)
    fact = built(lab, 'FROM busybox:1.35\nRUN rm -r /var && chmod 0 /etc\nUSER 7\nCMD ["echo", "hello"]\n')
    assert isinstance(fact, BuiltImageFact), fact
    assert fact.built.image
    assert fact.built.image.config.user == "7"
    assert "/var" not in fact.built.image.files
    assert fact.built.image.files["/etc"].mode == 0
    assert fact.built.image.files["/bin/busybox"].shell
    assert fact.run
    assert (fact.run.state, fact.run.code, fact.run.printed) == ("ended", 0, "hello\n")
    assert names(lab) == before
    pods = lab.running().node.run(["kubectl", "get", "pods", "--output=name"], timeout=30)
    assert pods.stdout == b""


def test_a_build_that_fails_is_told_in_buildkits_words(lab: Lab) -> None:
    fact = built(lab, "FROM busybox:1.35\nRUN echo why >&2; exit 3\n")
    assert isinstance(fact, BuiltImageFact), fact
    assert fact.refused.startswith("why; process")
    unknown = built(lab, "FROM nobody/none:1\n")
    assert isinstance(unknown, BuiltImageFact), unknown
    assert "nobody/none:1" in unknown.refused


def test_where_buildkit_dies_in_the_middle_it_is_undecided_and_the_next_build_is_as_ever(lab: Lab) -> None:
    node = lab.running().node
    kill = "until pgrep -fx 'sleep 271'; do sleep 0.2; done; pkill -KILL -x buildkitd"
    node.run(["sh", "-c", f"({kill}) >/dev/null 2>&1 &"], timeout=10)
    fact = built(lab, "FROM busybox:1.35\nRUN exec sleep 271\n")
    assert isinstance(fact, Unavailable), fact
    assert fact.reason.startswith("BuildKit"), fact.reason
    assert isinstance(built(lab, "FROM busybox:1.35\nUSER 9\n"), BuiltImageFact)


def test_base_that_the_learner_removed_is_pulled_again_and_one_of_the_learners_own_is_found(lab: Lab) -> None:
    node = lab.running().node
    node.run(["ctr", "--namespace=k8s.io", "images", "tag", "docker.io/library/busybox:1.35", "docker.io/me/own:1"])
    node.run(["docker", "rmi", "--force", "busybox:1.35"], timeout=30)
    for base in ("busybox:1.35", "me/own:1"):
        fact = built(lab, f"FROM {base}\nUSER 12\n")
        assert isinstance(fact, BuiltImageFact), fact
        assert fact.built.image, fact


def test_without_buildkit_it_is_undecided(lab: Lab) -> None:
    node = lab.running().node
    node.run(["/lab/bin/labnode", "service", "stop", "buildkitd"], timeout=30)
    try:
        fact = built(lab, "FROM busybox:1.35\n")
    finally:
        node.run(["/lab/bin/labnode", "service", "start", "buildkitd"], timeout=30)
    assert isinstance(fact, Unavailable), fact
    assert "BuildKit does not answer" in fact.reason
