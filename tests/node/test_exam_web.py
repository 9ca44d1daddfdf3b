"""An exam is sat on its page with real hosts, by turns with a terminal beside it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.node_fixtures.exam import exam_being_sat
from tests.support.node_fixtures.home import Home
from tests.support.web_client import Page

pytestmark = pytest.mark.node
TASKS = ("node-lab", "images-lab")
BASE = r"candidate@base\S*:\S*\$ $"


@dataclass(frozen=True)
class Site:
    """What `ckslab exam --web` serves."""

    first: str

    @property
    def origin(self) -> str:
        return self.first.partition("/enter")[0]

    @property
    def host(self) -> str:
        return self.origin.removeprefix("http://")

    @property
    def port(self) -> int:
        return int(self.host.rpartition(":")[2])

    def address(self) -> str:
        return self.first


@pytest.fixture(scope="module")
def exam(node_cache: Path) -> Iterator[Home]:
    with exam_being_sat(node_cache, TASKS) as home:
        yield home


@pytest.fixture(scope="module")
def page(exam: Home) -> Iterator[Page]:
    server = subprocess.Popen(
        [sys.executable, "-m", "ckslab", "exam", "--web"],
        env=exam.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found is not None
        with closing(Page(Site(found[0]))) as made:  # type: ignore[arg-type]
            yield made
    finally:
        server.terminate()
        out, err = server.communicate(timeout=60)
    assert err == ""
    assert "next: ckslab exam report" in out
    assert server.returncode == 0


def view(page: Page) -> dict[str, Any]:
    with closing(page.socket("/events")) as events:
        found: dict[str, Any] = json.loads(events.recv(timeout=20))
        return found


def test_base_and_a_host_are_reached_from_the_page(page: Page) -> None:
    terminal = page.terminal(100, 30)
    terminal.until(BASE, 60)
    terminal.type("ssh cks-1\r")
    terminal.until(r"root@cks-1:\S*# $", 60)
    terminal.type("stty size; kubectl get --raw /readyz; echo\r")
    terminal.until(r"\n30 100\r\nok\r\n", 60)
    terminal.socket.close()
    again = page.look_on(terminal.name, 100, 30)
    again.until(r"\nok\r\n")
    again.type("exit\r")
    again.until(BASE)


def test_a_flag_is_the_same_on_both_sides(exam: Home, page: Page) -> None:
    assert page.post("/tasks/2/flag", {"on": True}).status == 204
    status = json.loads(exam.run("exam", "status", "--output", "json").ok().out)["exam"]
    assert [task["flagged"] for task in status["tasks"]] == [False, True]
    terminal = page.terminal()
    terminal.until(BASE, 60)
    terminal.type("flag 1\r")
    terminal.until("task 1 is flagged")
    with closing(page.socket("/events")) as events:
        while not json.loads(events.recv(timeout=20))["tasks"][0]["flagged"]:
            continue


def test_the_end_on_the_page_is_the_end_and_its_report_is_there(exam: Home, page: Page) -> None:
    terminal = page.terminal()
    terminal.until(BASE, 60)
    assert page.post("/end", {}).status == 202
    terminal.until_said("ended", 60)
    with closing(page.socket("/events")) as events:
        while (now := json.loads(events.recv(timeout=300)))["state"] != "graded":
            continue
    assert not now["trouble"]
    report = page.get("/report")
    assert report.status == 200
    assert "Exam 20" in report.body
    known = json.loads(exam.run("exam", "report", "--output", "json").out)
    assert len(known["exam"]["tasks"]) == 2
    assert view(page)["result"]["passed"] in (True, False)
