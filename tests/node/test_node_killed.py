"""Whatever is killed, and whenever: the next command finds a lab that it can use, and no process is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.support.node_fixtures.home import SCENARIO, Home, wait_for

pytestmark = pytest.mark.node
Figure = Callable[[str, float], None]

PHASES = {
    "begun": "",
    "copying": "copying the node template",
    "booting": "starting containerd",
    "waiting": "waiting for the API server",
    "objects": "making the scenario's objects",
}


@pytest.fixture(scope="module")
def templated(node_cache: object, shared: Home) -> Home:
    """The node template is there, so that a start's first phase is the lab's own."""
    return shared


@pytest.mark.parametrize(
    ("phase", "then"),
    [
        ("begun", ["start", SCENARIO]),
        ("copying", ["start", SCENARIO]),
        ("booting", ["reset", SCENARIO]),
        ("waiting", ["start", SCENARIO]),
        ("objects", ["stop", SCENARIO]),
    ],
)
def test_after_a_kill_in_any_phase_the_next_command_works(
    templated: Home, home: Home, phase: str, then: list[str]
) -> None:
    ended = home.stopped_at(PHASES[phase], signal.SIGKILL, "start", SCENARIO)
    assert ended.code == -signal.SIGKILL
    home.run(*then).ok()
    if then[0] != "stop":
        assert home.node("kubectl -n made-by-setup get configmap note").ok()
        assert len([one for one in home.processes() if "labnode init" in one.command]) == 1
        home.run("stop").ok()
    assert home.left() == []


def test_a_kill_while_copying_leaves_no_process_that_copies_on(templated: Home, home: Home) -> None:
    home.stopped_at(PHASES["copying"], signal.SIGKILL, "start", SCENARIO)
    wait_for(lambda: not home.processes(), 1.0)
    home.run("stop").ok()


@pytest.mark.parametrize("phase", ["copying", "booting", "waiting"])
def test_ctrl_c_ends_a_start_with_130_and_no_process(templated: Home, home: Home, phase: str) -> None:
    ended = home.stopped_at(PHASES[phase], signal.SIGINT, "start", SCENARIO)
    assert ended.code == 130, ended.err
    assert "interrupted. Run the same command again to go on" in ended.err
    assert "Traceback" not in ended.err
    wait_for(lambda: not home.processes())
    assert home.state() == "broken"
    assert "was interrupted" in home.run("grade").err


def test_a_reset_that_was_killed_is_repeated(templated: Home) -> None:
    templated.stopped_at(PHASES["booting"], signal.SIGKILL, "reset", SCENARIO)
    assert templated.state() == "broken"
    templated.run("reset", SCENARIO).ok()
    assert templated.grade()["undecided"] == 0


@pytest.mark.parametrize("victim", ["init", "bwrap"])
def test_a_killed_node_is_stopped_and_goes_on_as_it_was_left(lab: Home, victim: str, figure: Figure) -> None:
    lab.node("echo kept >/opt/kept; kubectl create namespace kept-" + victim).ok()
    record = lab.record()
    pid = record["init"]["pid"]
    os.kill(pid if victim == "init" else parent_of(pid), signal.SIGKILL)
    if victim == "bwrap":  # the node itself lives on without its outer shell
        assert lab.state() == "running"
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: lab.state() == "stopped", 10)
    wait_for(lambda: not any(one.pid == record["relay"]["pid"] for one in lab.processes()), 5)
    assert "does not run" in lab.run("grade").err
    resumed = lab.run("start", SCENARIO).ok()
    figure("start of a stopped lab", resumed.seconds)
    assert "goes on" in resumed.out
    assert lab.node(f"cat /opt/kept && kubectl get namespace kept-{victim} -o name").ok().out.startswith("kept")
    assert lab.grade()["undecided"] == 0


def parent_of(pid: int) -> int:
    with open(f"/proc/{pid}/stat") as stat:
        return int(stat.read().rpartition(")")[2].split()[1])


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process of somebody else, which has a pid that a record names."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("command", ["start", "stop"])
def test_after_a_reboot_other_processes_with_the_old_pids_are_not_killed(
    templated: Home, home: Home, stranger: subprocess.Popen[bytes], command: str
) -> None:
    home.run("start", SCENARIO).ok()
    record = home.record()
    os.kill(record["init"]["pid"], signal.SIGKILL)
    wait_for(lambda: not home.processes())
    for name in ("init", "relay"):
        record[name] |= {"pid": stranger.pid, "boot": str(uuid.uuid4())}
    (home.lab() / "node.json").write_text(json.dumps(record))
    assert home.state() == "stopped"
    home.run(command, SCENARIO).ok()
    assert stranger.poll() is None
    assert home.state() == ("running" if command == "start" else "")


def test_a_pid_that_was_reused_in_the_same_boot_is_not_killed(lab: Home, stranger: subprocess.Popen[bytes]) -> None:
    record = lab.record()
    os.kill(record["init"]["pid"], signal.SIGKILL)
    for name in ("init", "relay"):
        record[name]["pid"] = stranger.pid
    (lab.lab() / "node.json").write_text(json.dumps(record))
    assert lab.state() == "stopped"
    lab.run("start", SCENARIO).ok()
    assert stranger.poll() is None


def test_a_node_template_that_was_killed_in_the_making_is_made_anew(home: Home) -> None:
    (home.path / "cache").unlink()
    home.stopped_at("starting the control plane for the first time", signal.SIGKILL, "setup")
    (making,) = (home.path / "cache" / "node-templates").glob("*.making")
    assert (making / "node.json").exists()
    home.stopped_at("unpacking the control plane's images", signal.SIGINT, "setup")
    wait_for(lambda: not home.processes())
    from ckslab.cluster.local import node_folder
    from ckslab.cluster.local.namespace import idmap

    node_folder.remove_node(making, idmap.current())


def test_an_interrupted_verify_ends_what_it_plays_and_leaves_nothing(home: Home) -> None:
    arguments = ("author", "verify", SCENARIO, "--jobs", "2", "--repeat", "4")
    ended = home.stopped_at("playing answers", signal.SIGINT, *arguments)
    assert ended.code == 130, ended.err
    assert "Traceback" not in ended.err
    assert home.left() == []
