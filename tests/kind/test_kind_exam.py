"""An exam whose hosts are kind clusters: the engine makes their terminals, and ends nothing that runs on one."""

from __future__ import annotations

import json
import signal

import pytest

from tests.node.test_exam_sat import BASE, host, person
from tests.support.node_fixtures.home import SCENARIO, wait_for
from tests.support.node_fixtures.kind_home import KindHome, docker

pytestmark = pytest.mark.kind


def sleeping(container: str) -> int:
    shown = docker("exec", container, "ps", "-eo", "args").splitlines()
    return sum(line.startswith("sleep 777") for line in shown)


def test_a_host_has_a_terminal_and_what_runs_on_it_ends_with_it(kind_home: KindHome) -> None:
    kind_home.run("exam", "start", SCENARIO, "--minutes", "60", "--labs", "1").ok()
    exam = json.loads(kind_home.run("exam", "status", "--output", "json").ok().out)["exam"]["id"]
    container = kind_home.container(f"{exam}-1")
    kind_home.env["COLUMNS"] = "80"  # of somebody's shell: the terminal itself is what counts
    with person(kind_home) as learner:
        learner.sees(BASE)
        learner.types("ssh cks-1\r")
        learner.sees(host(1))
        learner.types("tty; stty size; echo $TERM\r")
        learner.sees(r"/dev/pts/\d+\r\n24 100\r\nxterm\r\n")
        learner.types("sleep 7771 & sleep 7772\r")
        wait_for(lambda: sleeping(container) == 2)
        learner.process.send_signal(signal.SIGHUP)
        assert learner.ends() == 128 + signal.SIGHUP
    assert sleeping(container) == 0
    kind_home.run("exam", "abandon", "--yes").ok()
    assert container not in docker("ps", "--all", "--format", "{{.Names}}").split()
