"""One terminal of an exam, on the base that runs nothing: its programs, its alerts, its end; and what may be sent to it."""

from __future__ import annotations

import json
import os
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from ckslab.exam.ending import end_work
from ckslab.exam.sitting import Sitting, change, read_sitting
from ckslab.exam.terminal import session as sessions
from ckslab.exam.terminal.session import Session
from ckslab.exam.terminal.socket_path import short
from ckslab.render.exam_screen import TextScreen
from tests.support.exam_on_disk import exam_on_disk

PATIENCE = 60.0


class Terminal:
    """A session in a thread, with all that it printed."""

    def __init__(self, sitting: Sitting, columns: int = 100) -> None:
        self.seen, self.held = "", Event()
        self.held.set()
        self.ended = ""
        self.session = Session(sitting.id, TextScreen(), self.output, columns=columns)
        self.thread = Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        self.ended = self.session.run()

    def output(self, data: bytes) -> None:
        self.held.wait()
        self.seen += data.decode(errors="replace")

    def sees(self, pattern: str, seconds: float = PATIENCE) -> re.Match[str]:
        until = time.monotonic() + seconds
        while not (found := re.compile(pattern, re.DOTALL).search(self.seen)):
            assert time.monotonic() < until, f"never saw {pattern!r} in {self.seen}"
            assert self.thread.is_alive() or time.monotonic() < until - seconds + 1, f"it ended: {self.seen}"
            time.sleep(0.02)
        return found

    def types(self, text: str) -> None:
        self.seen = ""
        self.session.input(text.encode())

    def ends(self) -> str:
        self.thread.join(PATIENCE)
        return self.ended


@pytest.fixture
def sitting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sitting:
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "h"))
    monkeypatch.setattr(sessions.sandbox, "usable", lambda: False)
    monkeypatch.setattr("ckslab.exam.supervisor.runs", lambda exam_id: True)
    return exam_on_disk()


@pytest.fixture
def terminal(sitting: Sitting) -> Iterator[Terminal]:
    made = Terminal(sitting)
    made.sees(r"candidate@base\$ ")
    yield made
    made.session.close()
    made.thread.join(10)


def test_where_there_is_no_sandbox_base_knows_its_programs_and_runs_nothing_else(
    terminal: Terminal, tmp_path: Path
) -> None:
    assert "This machine gives base no shell of its own" in terminal.seen
    terminal.types(f"touch {tmp_path}/x; $(touch {tmp_path}/y)\r")
    terminal.sees("touch: base has no such program here")
    terminal.types(f"`touch {tmp_path}/z`\r")
    terminal.sees("no such program")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["h"]
    terminal.types("'half\r")
    terminal.sees("No closing quotation")


def test_tasks_are_read_before_their_hosts_are_there(terminal: Terminal) -> None:
    terminal.types("task 2\r")
    terminal.sees(r"Task 2 of 2 · 50 %.*ssh cks-2")
    terminal.types("tasks\r")
    terminal.sees(r"1 +cks-1 .*being made.*0:(49|50):\d\d left")


def test_flags_are_kept(terminal: Terminal, sitting: Sitting) -> None:
    terminal.types("flag 2\r")
    terminal.sees("task 2 is flagged")
    assert read_sitting(sitting.id).task(2).flagged
    terminal.types("flag cks-2\r")
    terminal.sees("not flagged any more")
    terminal.types("task 2\r")
    terminal.sees("Task 2")
    terminal.types("flag\r")
    terminal.sees("task 2 is flagged")


def test_what_is_typed_wrongly_is_said(terminal: Terminal) -> None:
    for typed, said in (
        ("task 9\r", "there is no task 9: tasks are 1 to 2"),
        ("task one\r", "usage: task"),
        ("ssh\r", "usage: ssh HOST"),
        ("ssh cks-0\r", "Could not resolve hostname cks-0"),
        ("ssh -v cks-1\r", "usage: ssh HOST"),
        ("kubectl get pods\r", r"it is on the task's host \(ssh cks-"),
    ):
        terminal.types(typed)
        terminal.sees(said)


def test_the_time_left_is_in_the_prompt_and_in_a_sentence(terminal: Terminal) -> None:
    terminal.types("time\r")
    terminal.sees(r"0:(49|50):\d\d left of 1:00:00\r\n.*0:(49|50):\d\d candidate@base")


def test_submit_asks_and_only_yes_ends_the_exam(terminal: Terminal, sitting: Sitting) -> None:
    terminal.types("submit\r")
    terminal.sees("Type yes: ")
    terminal.types("y\r")
    terminal.sees("The exam goes on")
    assert read_sitting(sitting.id).state == "running"
    terminal.types("submit\r")
    terminal.sees("Type yes: ")
    terminal.types("yes\r")
    terminal.sees("The exam was submitted")
    assert terminal.ends() == "over"
    assert "candidate@base" not in terminal.seen  # nobody is asked for another command
    assert read_sitting(sitting.id).state == "over"


@pytest.mark.parametrize("minutes", [30, 15, 5])
def test_an_alert_is_said_at_once_and_once(terminal: Terminal, sitting: Sitting, minutes: int) -> None:
    time.sleep(1.2)
    assert "minutes left" not in terminal.seen
    left(sitting, minutes * 60 - 1)
    terminal.sees(f"{minutes} minutes left", 10)
    time.sleep(1.5)
    assert terminal.seen.count("minutes left") == 1


def left(sitting: Sitting, seconds: float) -> None:
    """As if the exam had begun so long ago that this is left."""
    change(sitting.id, lambda one: replace(one, started_at=time.time() - 3600 + seconds))


def test_an_exam_of_ten_minutes_says_nothing_of_30(tmp_path: Path, sitting: Sitting) -> None:
    left(sitting, 600)
    made = Terminal(sitting)
    made.sees("candidate@base")
    time.sleep(1.5)
    assert "minutes left" not in made.seen
    made.session.close()
    assert made.ends() == "exit"


def test_time_that_is_up_closes_the_terminal_in_the_middle_of_a_line(terminal: Terminal, sitting: Sitting) -> None:
    terminal.session.input(b"half a li")
    left(sitting, 0)
    terminal.sees("Time is up", 10)
    assert terminal.ends() == "over"


def test_when_time_is_up_in_an_editor_the_result_stands_on_the_shells_screen(
    terminal: Terminal, sitting: Sitting
) -> None:
    terminal.session._modes.seen(b"\x1b[?1049h\x1b[?1h")
    left(sitting, 0)
    terminal.sees(r"\x1b\[\?1l\x1b\[\?1049l\x1b\[0m.*Time is up", 10)
    assert terminal.ends() == "over"


def test_the_end_of_base_closes_the_terminal_and_the_exam_goes_on(terminal: Terminal, sitting: Sitting) -> None:
    terminal.types("exit\r")
    assert terminal.ends() == "exit"
    assert read_sitting(sitting.id).state == "running"
    assert list((sitting.folder / "terminals").iterdir()) == []


def test_two_terminals_see_the_same_exam(terminal: Terminal, sitting: Sitting) -> None:
    other = Terminal(sitting)
    other.sees("candidate@base")
    terminal.types("flag 1\r")
    terminal.sees("is flagged")
    other.types("tasks\r")
    other.sees(r"\*")
    end_work(sitting.id, by_time=False)
    assert (terminal.ends(), other.ends()) == ("over", "over")


def test_output_that_is_not_taken_holds_the_shell_up(terminal: Terminal) -> None:
    terminal.held.clear()
    for _ in range(40):
        terminal.session.input(b"tasks\r" * 20)
    time.sleep(0.5)
    held = len(terminal.seen)
    terminal.held.set()
    terminal.sees("being made")
    assert held == 0 or len(terminal.seen) >= held


def sent(sitting: Sitting, data: bytes) -> bytes:
    """What comes back to whoever speaks to the socket by itself."""
    (path,) = (sitting.folder / "terminals").iterdir()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        with short(path) as name:
            connection.connect(name)
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        said = b""
        try:
            while chunk := connection.recv(4096):
                said += chunk
        except ConnectionResetError:
            pass
        return said


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"nonsense\n", b"[]\n", b'{"program": 5}\n', b"\xff\xfe\n", b'{"program": "ssh", "arguments": "x"}\n', b"x" * 200_000],
)  # fmt: skip
def test_what_makes_no_sense_is_not_answered_and_does_no_harm(
    terminal: Terminal, sitting: Sitting, data: bytes
) -> None:
    assert sent(sitting, data) == b""
    terminal.types("time\r")
    terminal.sees("left of")


@pytest.mark.parametrize("program", ["../ssh", "sh", "", "__class__"])
def test_other_programs_are_none(terminal: Terminal, sitting: Sitting, program: str) -> None:
    said = sent(sitting, json.dumps({"program": program, "arguments": []}).encode() + b"\n")
    assert json.loads(said.splitlines()[-1]) == {"exit": 127}


def test_many_connections_at_once_are_bounded(terminal: Terminal, sitting: Sitting) -> None:
    (path,) = (sitting.folder / "terminals").iterdir()
    held = []
    for _ in range(60):
        connection = socket.socket(socket.AF_UNIX)
        try:
            with short(path) as name:
                connection.connect(name)
        except OSError:
            connection.close()
        else:
            held.append(connection)
    for connection in held:
        connection.close()
    time.sleep(0.3)
    terminal.types("time\r")
    terminal.sees("left of")


def test_nothing_is_left_open(terminal: Terminal) -> None:
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0
    terminal.session.close()
    terminal.thread.join(10)
    after = len(os.listdir("/proc/self/fd")) if before else 0
    assert after <= before
