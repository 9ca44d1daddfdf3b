"""An exam is sat at a terminal, as a learner sits it: base, hosts, tasks, time, and its result."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.exam_terminal import Person
from tests.support.node_fixtures.exam import exam_being_sat
from tests.support.node_fixtures.home import Home, wait_for

pytestmark = pytest.mark.node
TASKS = ("node-lab", "images-lab")
BASE = r"candidate@base\S*:\S*\$ "


def host(number: int) -> str:
    return rf"root@cks-{number}:\S*# "


def person(home: Home, *words: str, columns: int = 100) -> Person:
    return Person(home.environment(), ["exam", *words], columns=columns)


def status(home: Home) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(home.run("exam", "status", "--output", "json").ok().out)["exam"]
    return found


@pytest.fixture(scope="module")
def exam(node_cache: Path) -> Iterator[Home]:
    """A home with an exam of two tasks that is being sat, one host awake at a time; the module's last test ends it."""
    with exam_being_sat(node_cache, TASKS) as home:
        yield home


def test_the_first_two_hosts_are_ready_when_the_clock_starts(exam: Home) -> None:
    sat = status(exam)
    assert sat["state"] == "running"
    assert [task["state"] for task in sat["tasks"]] == ["ready", "parked"]
    assert sum(task["weight"] for task in sat["tasks"]) == 100
    assert 3500 < sat["left"] <= 3600


def test_base_is_no_shell_of_this_machine(exam: Home) -> None:
    os.environ["OF_THE_LEARNERS_MACHINE"] = "secret"
    with person(exam) as learner:
        learner.sees(BASE)
        learner.types(
            f"id -un; hostname; pwd; ls -A /home {exam.path} /root; env | grep -c OF_THE; echo end-$((1+1))\r"
        )
        said = learner.sees(r"candidate\r\nbase\r\n/home/candidate\r\n(.*)end-2")[1]
        assert str(exam.path) not in said.replace(f"cannot access '{exam.path}'", "")
        assert "\r\n0\r\n" in said
        learner.types("kubectl get nodes; /usr/bin/kubectl version; echo end-$((1+2))\r")
        assert "it is on the task's host" in learner.sees("end-3").string
        learner.types(
            "ps -e | wc -l; ip link | grep -c UP,LOWER; touch /usr/x /etc/x; touch ~/mine && echo end-$((2+2))\r"
        )
        learner.sees("end-4")
        assert learner.seen.count("Read-only file system") == 2 or "Permission denied" in learner.seen
        learner.types("exit\r")
        learner.sees("the exam goes on")
        assert learner.ends() == 0
    del os.environ["OF_THE_LEARNERS_MACHINE"]


def test_ssh_opens_the_tasks_host_and_exit_leads_back(exam: Home) -> None:
    with person(exam) as learner:
        learner.sees(BASE)
        learner.types("ssh cks-1\r")
        learner.sees(host(1))
        learner.types("k get nodes -o name; echo on-$CKSLAB_HOST; ssh cks-2; echo code-$?\r")
        learner.sees("node/controlplane.*on-cks-1")
        learner.sees("from host to host is not supported.*code-255")
        learner.types("echo mine >/opt/mine; kubectl create namespace mine; exit 3\r")
        learner.sees("created")
        learner.sees(BASE)
        learner.types("echo code-$?; ssh root@cks-1 cat /opt/mine; ssh cks-7; ssh -p 22 x\r")
        learner.sees("code-3.*mine\r\n")
        learner.sees("Could not resolve hostname cks-7: hosts are cks-1 to cks-2")
        learner.sees("usage: ssh HOST")


def test_a_parked_host_loses_nothing_etcds_data_included(exam: Home) -> None:
    with person(exam) as learner:
        learner.sees(BASE)
        learner.types("ssh cks-2\r")
        learner.sees(host(2))
        assert [task["state"] for task in status(exam)["tasks"]] == ["parked", "ready"]
        learner.types("exit\r")
        learner.sees(BASE)
        learner.types("ssh cks-1\r")
        learner.sees(host(1))
        learner.types("cat /opt/mine; kubectl get namespace mine -o name\r")
        learner.sees("mine\r\nnamespace/mine")
    assert status(exam)["waited"] >= 1  # and it did not count


def test_two_terminals_at_once_and_none_takes_the_host_of_the_other(exam: Home) -> None:
    with person(exam) as first, person(exam) as second:
        first.sees(BASE)
        first.types("ssh cks-1\r")
        first.sees(host(1))
        second.sees(BASE)
        second.types("ssh cks-1 echo both\r")
        second.sees("both\r\n")
        second.types("ssh cks-2\r")
        second.sees("this machine holds 1 hosts at once, and all are in use: cks-1")
        second.types("flag 2\r")
        second.sees("task 2 is flagged")
        first.types("exit\r")
        first.sees(BASE)
        first.types("tasks\r")
        first.sees(r"cks-2.*\*")


def test_a_task_is_read_on_base_at_60_columns_and_without_colour(exam: Home) -> None:
    exam.env["NO_COLOR"] = "1"
    try:
        with person(exam, columns=60) as learner:
            learner.sees(BASE)
            learner.types("task 1; task 3; task x\r")
            learner.sees("Task 1 of 2")
            learner.sees("there is no task 3")
            learner.sees("usage: task")
            learner.types("task 2 | cat; tasks; time\r")
            learner.sees("left of 1:00:00")
            shown = learner.seen[learner.seen.index("Task 1 of 2") :]
            assert "\x1b[3" not in shown
    finally:
        del exam.env["NO_COLOR"]


def test_help_is_refused_until_it_is_submitted(exam: Home) -> None:
    name = f"{status(exam)['id']}-1"
    for words in (
        ("hint", name),
        ("solution", name),
        ("rescue", name),
        ("grade", name),
        ("shell", name),
        ("stop", name),
    ):
        refused = exam.run(*words)
        assert refused.code == 2, words
        assert "is a task of exam" in refused.err
        assert "ckslab exam submit" in refused.err
    assert "there is one exam at a time" in exam.run("exam", "start", "--tasks", "1").err


def test_a_killed_terminal_takes_its_shells_and_nothing_else(exam: Home) -> None:
    with person(exam) as learner:
        learner.sees(BASE)
        learner.types("ssh cks-1\r")
        learner.sees(host(1))
        learner.types("echo kept >/opt/kept; sleep 7777\r")
        wait_for(lambda: any("sleep 7777" in one.command for one in exam.processes()), 10, must=False)
        learner.kill()
    with person(exam) as learner:
        learner.sees(BASE)
        learner.types("ssh cks-1\r")
        learner.sees(host(1))
        learner.types("cat /opt/kept; pgrep -xf 'sleep 7777' || echo gone\r")
        learner.sees("kept\r\n.*gone")


def test_a_window_that_is_closed_ends_what_runs_in_it(exam: Home) -> None:
    learner = person(exam)
    learner.sees(BASE)
    learner.types("ssh cks-1\r")
    learner.sees(host(1))
    learner.types("yes kept-on\r")
    learner.sees("kept-on\r\nkept-on")
    os.close(learner.shell.fd)
    assert learner.process.wait(30) == 128 + signal.SIGHUP
    wait_for(lambda: not any("yes kept-on" in one.command for one in exam.processes()))


def test_a_killed_supervisor_is_started_again_by_the_next_command(exam: Home) -> None:
    def supervisors() -> list[int]:
        return [one.pid for one in exam.processes() if "ckslab.exam.supervisor" in one.command]

    (before,) = supervisors()
    os.kill(before, 9)
    wait_for(lambda: not supervisors())
    status(exam)
    (after,) = supervisors()
    assert after != before


def test_a_killed_node_is_woken_as_it_was_left(exam: Home) -> None:
    name = f"{status(exam)['id']}-1"
    with person(exam) as learner:
        learner.sees(BASE)
        learner.types("ssh cks-1 true; echo end-$((1+1))\r")
        learner.sees("end-2")
        os.kill(exam.record(name)["init"]["pid"], 9)
        learner.types("ssh cks-1 cat /opt/kept\r")
        learner.sees("kept\r\n")


def test_submit_asks_and_grades_all_and_the_report_is_kept(exam: Home) -> None:
    with person(exam) as learner:
        learner.sees(BASE)
        learner.types("ssh cks-1\r")
        learner.sees(host(1))
        learner.types("\x04")
        learner.sees(BASE)
        learner.types("submit\r")
        learner.sees("Flagged: 2.*Type yes: ")
        learner.types("no\r")
        learner.sees("The exam goes on")
        learner.types("submit\r")
        learner.sees("Type yes: ")
        learner.types("\x03")
        learner.sees(BASE)
        learner.types("submit\r")
        learner.sees("Type yes: ")
        learner.types("yes\r")
        learner.sees("The exam was submitted")
        learner.sees("67 % pass: not passed")
        assert learner.ends() == 1
    shown = exam.run("exam", "report", "--output", "json")
    assert shown.code == 1
    result = json.loads(shown.out)["exam"]
    assert [task["report"]["scenario"] for task in result["tasks"]] == list(TASKS)
    assert [task["flagged"] for task in result["tasks"]] == [False, True]
    assert result["tasks"][0]["seconds"] >= 1
    assert result["tasks"][0]["report"]["undecided"] == 0
    assert result["by_time"] is False
    assert exam.run("exam", "regrade").code == 2
    lab = result["tasks"][0]["report"]["lab"]
    assert exam.state(lab) == "stopped"
    assert exam.run("hint", lab).code == 0
