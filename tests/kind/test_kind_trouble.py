"""Bad luck on kind: killed commands, stopped and deleted containers, an engine that does not answer."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.support.node_fixtures.home import SCENARIO, wait_for
from tests.support.node_fixtures.kind_home import KindHome, docker

pytestmark = pytest.mark.kind
Figure = Callable[[str, float], None]

NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


@pytest.mark.parametrize(
    ("phase", "then"),
    [
        ("kind: preparing nodes", "stop"),
        ("laying the lab's files", "start"),
    ],
)
def test_after_a_kill_in_any_phase_the_next_command_works(kind_home: KindHome, phase: str, then: str) -> None:
    ended = kind_home.stopped_at(phase, signal.SIGKILL, "start", SCENARIO)
    assert ended.code == -signal.SIGKILL
    assert kind_home.state() == "broken"
    kind_home.run(then, SCENARIO).ok()
    if then == "start":
        assert kind_home.node("kubectl -n made-by-setup get configmap note").ok()
        kind_home.run("stop").ok()
    assert kind_home.left() == []


def test_ctrl_c_ends_a_start_with_130(kind_home: KindHome) -> None:
    ended = kind_home.stopped_at("kind: starting control-plane", signal.SIGINT, "start", SCENARIO)
    assert ended.code == 130, ended.err
    assert "interrupted. Run the same command again to go on" in ended.err
    wait_for(lambda: not kind_home.processes())
    kind_home.run("stop", SCENARIO).ok()
    assert kind_home.left() == []


def test_a_reset_that_was_killed_is_repeated(kind_lab: KindHome) -> None:
    kind_lab.stopped_at("putting the cluster's snapshot back", signal.SIGKILL, "reset", SCENARIO)
    assert kind_lab.state() == "broken"
    kind_lab.run("reset", SCENARIO).ok()
    assert kind_lab.grade()["undecided"] == 0


def test_a_node_that_was_restarted_goes_on_as_it_was(kind_lab: KindHome, figure: Figure) -> None:
    kind_lab.node("echo kept >/opt/kept; kubectl create namespace kept").ok()
    docker("restart", "--time", "5", kind_lab.container())
    assert kind_lab.state() == "running"
    assert kind_lab.grade()["undecided"] == 0
    script = "cat /opt/kept; kubectl get namespace kept -o name; hostname; getent hosts scanner.lab"
    assert kind_lab.node(script).ok().out.split()[:3] == ["kept", "namespace/kept", "controlplane"]
    kind_lab.run("reset", SCENARIO).ok()
    assert kind_lab.grade()["undecided"] == 0


def test_a_stopped_node_is_started_again(kind_lab: KindHome, figure: Figure) -> None:
    docker("stop", "--time", "5", kind_lab.container())
    assert kind_lab.state() == "stopped"
    graded = kind_lab.run("grade")
    assert (graded.code, "does not run" in graded.err) == (3, True)
    started = kind_lab.run("start", SCENARIO).ok()
    figure("kind: start of a stopped lab", started.seconds)
    assert "goes on" in started.out
    assert kind_lab.grade()["undecided"] == 0


def test_a_cluster_that_was_deleted_behind_our_back_is_made_anew(kind_lab: KindHome) -> None:
    docker("rm", "--force", "--volumes", kind_lab.container())
    assert kind_lab.state() == "absent"
    graded = kind_lab.run("grade")
    assert graded.code == 3
    assert "ckslab reset" in kind_lab.run("start", SCENARIO).err
    kind_lab.run("reset", SCENARIO).ok()
    assert kind_lab.grade()["undecided"] == 0


def test_of_two_starts_after_a_kill_one_makes_the_lab_which_can_be_stopped_without_its_cluster(
    kind_home: KindHome,
) -> None:
    # Three tests in one, because each cluster takes 20 s.
    ended = kind_home.stopped_at("kind: starting control-plane", signal.SIGKILL, "start", SCENARIO)
    assert ended.code == -signal.SIGKILL
    assert kind_home.state() == "broken"
    kind_home.start_twice_at_once()
    assert kind_home.node("kubectl -n made-by-setup get configmap note").ok()
    docker("rm", "--force", "--volumes", kind_home.container())
    kind_home.run("stop", SCENARIO).ok()
    assert kind_home.left() == []
    assert kind_home.labs_listed() == []


def test_a_container_of_somebody_else_with_our_name_is_not_touched(kind_home: KindHome, kind_image: str) -> None:
    docker("create", "--name", kind_home.container(), kind_image)
    try:
        ended = kind_home.run("start", SCENARIO)
        assert ended.code == 3
        assert "is not ckslab's" in ended.err
        kind_home.run("stop", SCENARIO).ok()
        assert kind_home.container() in docker("ps", "--all", "--format", "{{.Names}}")
    finally:
        docker("rm", kind_home.container())


def test_without_an_engine_a_grade_is_unknown_and_nothing_is_lost(kind_lab: KindHome) -> None:
    kind_lab.env |= NO_ENGINE
    try:
        for command in ("grade", "reset", "stop"):
            ended = kind_lab.run(command, SCENARIO)
            assert ended.code == 3, ended.out
            assert "docker does not answer" in ended.err
        shown = kind_lab.run("status").ok()
        assert "unknown" in shown.out
    finally:
        del kind_lab.env["DOCKER_HOST"]
    kind_lab.run("reset", SCENARIO).ok()
    assert kind_lab.grade()["undecided"] == 0


def test_an_engine_that_hangs_in_the_middle_of_a_grade_is_unknown(kind_lab: KindHome) -> None:
    docker("pause", kind_lab.container())
    try:
        graded = kind_lab.run("grade", SCENARIO)
        assert graded.code == 3, graded.out
    finally:
        docker("unpause", kind_lab.container())
    assert kind_lab.grade()["undecided"] == 0


def test_without_an_engine_auto_takes_the_embedded_node_and_says_why(kind_home: KindHome) -> None:
    kind_home.env |= NO_ENGINE
    ended = kind_home.run("start", SCENARIO)
    assert ended.code == 3
    assert "no kind cluster can run here: asking for the version failed: docker does not answer" in ended.err
    assert "systemctl start docker" in ended.err


def test_an_image_that_is_not_there_says_how_to_name_another(kind_home: KindHome) -> None:
    kind_home.env["CKSLAB_KIND_IMAGE"] = "nosuch.invalid/node:1"
    ended = kind_home.run("start", SCENARIO)
    assert ended.code == 3
    assert "pulling nosuch.invalid/node:1 failed" in ended.err
    assert "--node-image" in ended.err
