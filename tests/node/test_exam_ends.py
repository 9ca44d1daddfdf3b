"""However an exam ends: time that is up while somebody types, while nothing of ckslab runs, after a reboot."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.node.test_exam_sat import BASE, host, person, status
from tests.support.exam_terminal import Person
from tests.support.node_fixtures.home import SCENARIO, SCENARIOS, Home, wait_for

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def own(node_cache: object) -> Iterator[Home]:
    home = Home.new(node_cache)  # type: ignore[arg-type]
    yield home
    for exam in json.loads(home.run("exam", "list", "--output", "json").ok().out)["exams"]:
        home.run("exam", "abandon", exam["id"], "--yes").ok()
    home.remove()


def started(home: Home, *more: str) -> Path:
    """An exam of one task whose clock runs; its folder."""
    home.run("exam", "start", SCENARIO, "--minutes", "60", *more).ok()
    return home.path / "exams" / status(home)["id"]


def edit(file: Path, how: Callable[[dict[str, Any]], None]) -> None:
    content = json.loads(file.read_text())
    how(content)
    file.write_text(json.dumps(content))


def left(folder: Path, seconds: float) -> None:
    """As if the exam had begun so long ago that this is left."""
    import time

    edit(folder / "exam.json", lambda one: one.update(started_at=time.time() - 3600 + seconds - one["waited"]))


def kill_supervisor(home: Home) -> None:
    for one in home.processes():
        if "ckslab.exam.supervisor" in one.command:
            os.kill(one.pid, 9)
    wait_for(lambda: not any("ckslab.exam.supervisor" in one.command for one in home.processes()))


def report(home: Home, folder: Path) -> dict[str, Any]:
    shown = home.run("exam", "report", folder.name, "--output", "json")
    assert shown.code in (0, 1, 3), shown.err
    found: dict[str, Any] = json.loads(shown.out)["exam"]
    return found


def test_an_alert_comes_at_once_and_when_time_is_up_shells_close_and_what_is_there_counts(own: Home) -> None:
    folder = started(own)
    with person(own) as learner:
        learner.sees(BASE)
        learner.types("ssh cks-1\r")
        learner.sees(host(1))
        left(folder, 15 * 60 + 2)
        learner.types("printf '\\033[?1049h'; cat\r")  # as an editor begins
        learner.sees("15 minutes left", 20)
        left(folder, 3)
        learner.types("half a line")
        learner.sees(r"\x1b\[\?1049l.*Time is up", 20)
        learner.sees("not passed")
        assert learner.ends() == 1
    result = report(own, folder)
    assert (result["by_time"], result["late_seconds"]) == (True, 0)
    assert result["tasks"][0]["report"]["undecided"] == 0
    own.run("exam", "abandon", "--yes").ok()


def test_time_that_is_up_while_nothing_runs_is_found_and_said(own: Home) -> None:
    folder = started(own)
    kill_supervisor(own)
    left(folder, -1800)
    assert status(own)["state"] in ("over", "graded")
    own.run("exam", "submit", "--yes")
    result = report(own, folder)
    assert result["by_time"] is True
    assert 1790 < result["late_seconds"] < 2100
    assert "what was graded is from 0:30:" in own.run("exam", "report").out
    own.run("exam", "abandon", "--yes").ok()


def test_after_a_reboot_the_exam_goes_on_and_a_changed_or_removed_scenario_is_nothing_to_it(own: Home) -> None:
    scenarios = own.path / "scenarios"
    shutil.copytree(SCENARIOS, scenarios)
    own.env["CKSLAB_SCENARIOS"] = str(scenarios)
    try:
        folder = started(own)
    finally:
        del own.env["CKSLAB_SCENARIOS"]
    shutil.rmtree(scenarios)
    name = f"{folder.name}-1"
    before = status(own)["left"]
    kill_supervisor(own)
    os.kill(own.record(name)["init"]["pid"], 9)
    wait_for(lambda: own.state(name) == "stopped", 10)

    def rebooted(node: dict[str, Any]) -> None:
        for one in ("init", "relay"):
            node[one]["boot"] = str(uuid.uuid4())

    edit(own.lab(name) / "node.json", rebooted)
    edit(folder / "clock.json", lambda seen: seen.update(boot=str(uuid.uuid4())))
    edit(folder / "supervisor.json", lambda one: one.update(boot=str(uuid.uuid4())))
    sat = status(own)
    assert sat["left"] <= before
    assert sat["tasks"][0]["state"] == "parked"
    with person(own) as learner:
        learner.sees(BASE)
        learner.types("ssh cks-1 hostname\r")
        learner.sees("controlplane\r\n")
    copy = folder / "scenarios" / SCENARIO / "task.md"
    text = copy.read_text()
    copy.write_text(text + "\nSomething else.\n")
    assert own.run("exam", "submit", "--yes").code == 3
    result = report(own, folder)
    assert result["tasks"][0]["undecided"]
    assert "was changed since the exam began" in result["tasks"][0]["reason"]
    assert own.run("hint", name).code == 2  # it is to be graded again, and so it is sealed still
    copy.write_text(text)
    assert own.run("exam", "regrade").code == 1
    assert report(own, folder)["tasks"][0]["report"]["undecided"] == 0
    own.run("exam", "abandon", "--yes").ok()


def test_practice_can_be_paused_and_ctrl_c_at_a_question_leaves_everything_as_it_is(own: Home) -> None:
    with Person(own.environment(), ["exam", "start", SCENARIO, "--practice"]) as learner:
        learner.sees("Enter starts the clock")
        learner.types("\x03")
        learner.sees("interrupted.*ckslab exam resume")
        assert learner.ends() == 130
    assert status(own)["state"] == "preparing"
    with person(own, "resume") as learner:
        learner.sees("Enter starts the clock")
        learner.types("\r")
        learner.sees(BASE)
        own.run("exam", "pause").ok()
        learner.sees("The exam is paused")
        assert learner.ends() == 0
    stands = status(own)["left"]
    assert "is paused" in own.run("exam").err
    for words in (["exam", "submit"], ["exam", "abandon"]):
        with Person(own.environment(), words) as learner:
            learner.sees(r"\[y/N\]")
            learner.types("\x03")
            assert learner.ends() == 130
    assert status(own)["left"] == stands
    with person(own, "resume") as learner:
        learner.sees(BASE)
    assert 0 <= stands - status(own)["left"] < 60
    own.run("exam", "abandon", "--yes").ok()
    assert own.run("exam", "report").code == 2
