"""The process behind an exam: one at a time, it makes hosts in their order, and ends the exam at its time."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ckslab.errors import LabError
from ckslab.exam import supervisor
from ckslab.exam.hosts import NoRoom
from ckslab.exam.outcome import exam_result
from ckslab.exam.sitting import Sitting, change, read_sitting
from tests.support.exam_on_disk import exam_on_disk


@pytest.fixture
def sitting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sitting:
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "h"))
    monkeypatch.setattr("ckslab.store.labs.MAX_FOLDER_BYTES", 4000)
    return exam_on_disk()


class Hosts:
    """What becomes of each host when it is made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gives: dict[int, list[Exception | None]] = {}
        self.tried: list[int] = []
        self.made: set[int] = set()
        monkeypatch.setattr(supervisor.hosts, "wake", self.wake)
        monkeypatch.setattr(supervisor, "_unmade", lambda sitting, number: number not in self.made)

    def wake(self, sitting: Sitting, number: int, *_: Any) -> None:
        self.tried.append(number)
        left = self.gives.get(number, [None])
        gives = left.pop(0) if len(left) > 1 else left[0]
        if gives is not None:
            raise gives
        self.made.add(number)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Hosts:
    return Hosts(monkeypatch)


def until(condition: Any, seconds: float = 40.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def supervised(sitting: Sitting) -> Thread:
    thread = Thread(target=supervisor.supervise, args=(sitting.id,), daemon=True)
    thread.start()
    until(lambda: supervisor.runs(sitting.id))
    return thread


def give_up(sitting: Sitting, thread: Thread) -> None:
    change(sitting.id, lambda one: replace(one, state="abandoned"))
    thread.join(20)
    assert not thread.is_alive()


def test_hosts_are_made_in_their_order_once(sitting: Sitting, made: Hosts) -> None:
    thread = supervised(sitting)
    until(lambda: made.made == {1, 2})
    give_up(sitting, thread)
    assert made.tried == [1, 2]


def test_a_host_that_cannot_be_made_is_named_and_the_next_is_made(sitting: Sitting, made: Hosts) -> None:
    made.gives[1] = [LabError("no space\nleft on device")]
    thread = supervised(sitting)
    until(lambda: 2 in made.made, 60)
    give_up(sitting, thread)
    assert made.tried.count(1) == supervisor.TRIES
    assert read_sitting(sitting.id).task(1).trouble == "no space left on device"


def test_a_host_that_is_made_at_last_is_in_trouble_no_more(sitting: Sitting, made: Hosts) -> None:
    made.gives[1] = [ValueError("a bug"), None]
    thread = supervised(sitting)
    until(lambda: made.made == {1, 2})
    until(lambda: read_sitting(sitting.id).task(1).trouble == "")
    give_up(sitting, thread)


def test_where_there_is_no_room_it_is_no_failure(
    sitting: Sitting, made: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "NO_ROOM_SECONDS", 0.05)
    made.gives[1] = [NoRoom("all in use")] * 8 + [None]  # type: ignore[list-item]
    thread = supervised(sitting)
    until(lambda: made.made == {1, 2})
    give_up(sitting, thread)
    assert read_sitting(sitting.id).task(1).trouble == ""


def test_it_ends_the_exam_at_its_time_and_grades_it(sitting: Sitting, made: Hosts) -> None:
    change(sitting.id, lambda one: replace(one, started_at=time.time() - 3600 + 1))
    thread = supervised(sitting)
    thread.join(60)
    result = exam_result(sitting.id)
    assert (result.by_time, result.late_seconds) == (True, 0)
    assert [task.undecided for task in result.tasks] == [True, True]  # they are no labs: nobody can tell


def test_an_exam_that_was_submitted_is_graded_by_who_submitted_it(sitting: Sitting, made: Hosts) -> None:
    thread = supervised(sitting)
    change(sitting.id, lambda one: replace(one, state="over"))
    thread.join(20)
    assert read_sitting(sitting.id).state == "over"


def test_there_is_one_and_who_comes_second_leaves(sitting: Sitting, made: Hosts) -> None:
    thread = supervised(sitting)
    with pytest.raises(LabError, match="another ckslab"):
        supervisor.supervise(sitting.id)
    give_up(sitting, thread)
    assert not supervisor.runs(sitting.id)


def test_it_signs_with_what_tells_it_from_every_other_process(sitting: Sitting, made: Hosts) -> None:
    thread = supervised(sitting)
    until(lambda: (sitting.folder / supervisor.FILE).exists())
    signed = json.loads((sitting.folder / supervisor.FILE).read_text())
    assert signed["pid"] == os.getpid()
    give_up(sitting, thread)
    (sitting.folder / supervisor.FILE).write_text(json.dumps(signed | {"start": 1}))
    supervisor.end(sitting)  # another process has our number: it is left alone
    for text in ("", "{", '{"pid": "x"}'):
        (sitting.folder / supervisor.FILE).write_text(text)
        supervisor.end(sitting)


def test_an_exam_that_was_removed_under_it_ends_it(sitting: Sitting, made: Hosts) -> None:
    thread = supervised(sitting)
    until(lambda: made.made == {1, 2})
    sitting.folder.rename(sitting.folder.parent / "gone")
    thread.join(20)
    assert not thread.is_alive()
