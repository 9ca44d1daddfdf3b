"""A terminal outlives its page, and neither side can flood the other."""

from __future__ import annotations

import json
import os
import re
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from ckslab.errors import LabError
from ckslab.web.terminal.live import INPUT_WINDOW, OUTPUT_WINDOW
from ckslab.web.terminal.session import TerminalSession
from ckslab.web.terminal.size import Size
from tests.support.web_client import Page, Terminal
from tests.support.web_exam import Rehearsal, Served, served

PROMPT = r"base\$ $"


@pytest.fixture(scope="module")
def site() -> Iterator[Served]:
    with served(Rehearsal()) as running:
        yield running


@pytest.fixture
def page(site: Served) -> Iterator[Page]:
    with closing(Page(site)) as made:
        yield made


def code_of_the_end(terminal: Terminal) -> int | None:
    """Take what comes until the server closes the socket; with which code it does."""
    try:
        while terminal.once():
            continue
    except ConnectionClosed as closed:
        return closed.rcvd and closed.rcvd.code
    return None


@pytest.fixture
def terminal(page: Page) -> Iterator[Terminal]:
    made = page.terminal()
    made.until(PROMPT)
    yield made
    made.socket.close()
    page.post(f"/terminals/{made.name}/close", {})


def test_what_is_typed_is_run_and_what_is_printed_is_seen(terminal: Terminal) -> None:
    terminal.type("echo $((6 * 7)); tty; test -t 0 && test -t 2 && echo a-terminal\r")
    terminal.until(r"\n42\r\n/dev/pts/\d+\r\na-terminal\r\n")


def test_an_echo_waits_for_no_acknowledgement(terminal: Terminal) -> None:
    """Small packets that are held back until what was sent before is acknowledged take 40 ms each."""
    times = []
    for _ in range(30):
        terminal.forget()
        begin = time.perf_counter()
        terminal.type("x")
        terminal.until("x")
        times.append(time.perf_counter() - begin)
    assert sorted(times)[len(times) // 2] < 0.03


def test_a_line_that_was_begun_is_there_after_a_reload(page: Page, terminal: Terminal) -> None:
    terminal.type("echo half")
    terminal.until("echo half$")
    terminal.socket.close()
    again = page.look_on(terminal.name)
    replay = again.until_said("replay")["bytes"]
    again.until(r"base\$ echo half$")
    assert again.length == replay
    again.type("-done\r")
    again.until(r"\nhalf-done\r\n")


def test_what_runs_goes_on_while_no_page_looks_on(page: Page, terminal: Terminal, tmp_path: Path) -> None:
    terminal.type(f"for i in $(seq 60000); do echo line $i; done; echo > {tmp_path}/done\r")
    terminal.until("line 10\r")
    terminal.socket.close()
    until = time.monotonic() + 60
    while not (tmp_path / "done").exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    again = page.look_on(terminal.name)
    again.until(r"line 60000\r\n" + PROMPT)
    assert again.until_said("replay")["bytes"] <= 700 << 10  # the last of it


def test_a_second_page_takes_the_terminal_over(page: Page, terminal: Terminal) -> None:
    other = page.look_on(terminal.name)
    other.until(PROMPT)
    terminal.until_said("replaced")
    assert code_of_the_end(terminal) == 1000
    other.type("echo here\r")
    other.until(r"\nhere\r\n")


@pytest.mark.parametrize(("columns", "rows"), [(200, 50), (80, 24), (2, 2), (1000, 1000)])
def test_programs_know_the_size(page: Page, terminal: Terminal, columns: int, rows: int) -> None:
    terminal.say(type="resize", size={"columns": columns, "rows": rows})
    terminal.type("stty size\r")
    terminal.until(rf"\n{rows} {columns}\r")


def test_a_page_of_another_size_has_its_own(page: Page, terminal: Terminal) -> None:
    other = page.look_on(terminal.name, 200, 60)
    other.type("stty size\r")
    other.until(r"\n60 200\r")


def test_an_editor_draws_anew_for_a_page_that_comes_back(page: Page, terminal: Terminal) -> None:
    terminal.type("trap 'echo drawn-anew' WINCH; printf '\\033[?1049h'; echo full\r")
    terminal.until("full\r\n")
    terminal.socket.close()
    again = page.look_on(terminal.name)  # of the same size: nothing would tell the program
    again.type("\r")
    again.until(r"drawn-anew\r\n")


def test_a_program_that_prints_without_end_waits_for_the_page(terminal: Terminal) -> None:
    terminal.draws = False
    terminal.type("yes\r")
    while terminal.once(1.0):
        continue
    assert OUTPUT_WINDOW <= terminal.length <= OUTPUT_WINDOW + (128 << 10)
    drawn = terminal.length
    terminal.say(type="drawn", bytes=drawn)
    assert terminal.once(5.0)
    terminal.draws = True
    terminal.type("\x03")
    terminal.until(r"\^C")
    terminal.until(PROMPT)


def test_yes_for_a_while_fills_no_memory_and_leaves_the_others_alone(page: Page, terminal: Terminal) -> None:
    other = page.terminal()
    other.until(PROMPT)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    terminal.type("yes\r")
    reading = threading.Event()

    def draw() -> None:
        while not reading.is_set():
            terminal.once(1.0)

    drawing = threading.Thread(target=draw)
    drawing.start()
    try:
        for number in range(20):
            other.type(f"echo still-{number}-here\r")
            other.until(rf"\nstill-{number}-here\r")
            time.sleep(0.1)
    finally:
        reading.set()
        drawing.join(10)
    assert terminal.length > 4 << 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 << 10  # kilobytes
    terminal.type("\x03")
    terminal.until(r"\^C")
    other.socket.close()
    page.post(f"/terminals/{other.name}/close", {})


def test_yes_that_nobody_looks_on_takes_little(page: Page, terminal: Terminal) -> None:
    terminal.type("yes\r")
    terminal.until("y\r\ny\r\n")
    terminal.socket.close()
    time.sleep(0.5)
    used = time.process_time()
    time.sleep(2.0)
    assert time.process_time() - used < 0.8
    again = page.look_on(terminal.name)
    again.until("y\r\ny\r\n")
    again.type("\x03")
    again.until(r"\^C")


def test_a_paste_is_taken_as_fast_as_it_is_read(terminal: Terminal, tmp_path: Path) -> None:
    terminal.type(f"stty -echo -icanon; head -c 1000000 > {tmp_path}/pasted; stty sane\r")
    time.sleep(0.5)
    sent, piece = 0, b"0123456789abcde\n" * 1024
    while sent < 1_000_000:
        taken = sum(one["bytes"] for one in terminal.said if one["type"] == "taken")
        if sent - taken < INPUT_WINDOW // 2:
            terminal.type(piece)
            sent += len(piece)
        else:
            terminal.once()
    until = time.monotonic() + 20
    while not (tmp_path / "pasted").exists() or (tmp_path / "pasted").stat().st_size < 1_000_000:
        assert time.monotonic() < until
        terminal.once(0.1)
    assert (tmp_path / "pasted").read_bytes() == (piece * 62)[:1_000_000]


def test_a_page_that_sends_more_than_it_may_is_shown_out(page: Page, terminal: Terminal) -> None:
    terminal.type("stty -icanon -echo; sleep 60\r")
    with suppress(ConnectionClosed):
        for _ in range(40):
            terminal.type(b"x" * (16 << 10))
    assert code_of_the_end(terminal) == 1008
    page.look_on(terminal.name).until(PROMPT.removesuffix("$"))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{",
        "[]",
        '{"type": "attach"}',
        '{"type": "resize", "size": {"columns": 1e9, "rows": 2}}',
        '{"type": "drawn", "bytes": -1}',
        '{"type": "spawn", "argv": ["sh"]}',
    ],
)
def test_what_no_page_says_ends_the_socket_and_not_the_terminal(page: Page, terminal: Terminal, said: str) -> None:
    first = Terminal(terminal.name, page.socket(f"/terminals/{terminal.name}"))
    later = page.look_on(terminal.name)
    for one in (first, later):
        one.socket.send(said)
        assert code_of_the_end(one) == 1008
    page.look_on(terminal.name).until(PROMPT)


def test_what_is_too_long_for_a_message_ends_the_socket(terminal: Terminal) -> None:
    terminal.type(b"x" * (1 << 20))
    assert code_of_the_end(terminal) == 1009


def test_a_terminal_that_is_not_there(page: Page) -> None:
    assert code_of_the_end(Terminal("77", page.socket("/terminals/77"))) == 4404


def test_exit_ends_the_terminal_and_says_with_what(page: Page) -> None:
    terminal = page.terminal()
    terminal.until(PROMPT)
    terminal.type("echo last words; exit 3\r")
    assert terminal.until_said("ended") == {"type": "ended", "code": 3}
    assert b"\nlast words\r\n" in terminal.text
    gone = Terminal(terminal.name, page.socket(f"/terminals/{terminal.name}"))
    assert code_of_the_end(gone) == 4404


def test_a_closed_terminal_takes_its_programs_with_it(page: Page) -> None:
    terminal = page.terminal()
    terminal.until(PROMPT)
    terminal.type("trap '' HUP; echo pid=$BASHPID=; sleep 300\r")
    pid = int(terminal.until(r"pid=(\d+)=")[1])
    page.post(f"/terminals/{terminal.name}/close", {})
    terminal.until_said("ended")
    assert not Path("/proc", str(pid)).exists()


def test_there_are_only_so_many_terminals(page: Page) -> None:
    opened = [page.post("/terminals", {"size": {}}) for _ in range(9)]
    assert [one.status for one in opened] == [200] * 8 + [409]
    assert "close one" in opened[-1].body
    for one in opened[:8]:
        page.post(f"/terminals/{json.loads(one.body)['name']}/close", {})


def test_when_time_is_up_terminals_end_in_the_middle_of_a_line() -> None:
    with served(Rehearsal(left=3.0)) as site:
        page = Page(site)
        terminal = page.terminal()
        terminal.until(PROMPT)
        terminal.type("echo never-run")
        terminal.until_said("ended")
        assert page.post("/terminals", {"size": {}}).status == 409
        assert b"\nnever-run" not in terminal.text


def test_events_tell_the_time_flags_and_terminals(page: Page) -> None:
    events = page.socket("/events")
    first = json.loads(events.recv(timeout=10))
    assert first["state"] == "running"
    assert 0 < first["remaining"] <= 7200
    page.post("/tasks/2/flag", {"on": True})
    while not json.loads(events.recv(timeout=10))["tasks"][1]["flagged"]:
        continue
    terminal = page.terminal()
    while terminal.name not in json.loads(events.recv(timeout=10))["terminals"]:
        continue
    page.post(f"/terminals/{terminal.name}/close", {})
    while terminal.name in json.loads(events.recv(timeout=10))["terminals"]:
        continue
    page.post("/tasks/2/flag", {"on": False})


def test_the_exam_is_ended_once_and_its_report_can_be_read() -> None:
    with served(Rehearsal()) as site:
        page = Page(site)
        events = page.socket("/events")
        terminal = page.terminal()
        assert [page.post("/end", {}).status for _ in range(3)] == [202] * 3
        terminal.until_said("ended")
        view = json.loads(events.recv(timeout=10))
        while view["state"] != "graded":
            view = json.loads(events.recv(timeout=10))
        assert view["result"] == {"score": 72.5, "undecided": 0.0, "pass_mark": 67, "passed": True}
        assert "Report of the exam" in page.get("/report").body


def test_a_failing_end_is_told() -> None:
    class Refuses(Rehearsal):
        def end(self) -> None:
            raise LabError("the disk is full")

    with served(Refuses()) as site:
        page = Page(site)
        events = page.socket("/events")
        page.post("/end", {})
        while json.loads(events.recv(timeout=10))["trouble"] != "the disk is full":
            continue


def test_an_exam_that_cannot_be_read_for_a_moment_is_told() -> None:
    class Blinks(Rehearsal):
        def look(self):  # type: ignore[no-untyped-def]
            if 5 < 7200 - self.left < 7:
                raise LabError("the exam's file is damaged")
            return super().look()

    exam = Blinks()
    with served(exam) as site:
        events = Page(site).socket("/events")
        assert json.loads(events.recv(timeout=10))["state"] == "running"
        exam.left = 7194.5
        while json.loads(events.recv(timeout=10))["trouble"] != "the exam's file is damaged":
            continue
        while json.loads(events.recv(timeout=10))["trouble"]:
            continue


def test_the_server_ends_its_terminals_when_it_ends() -> None:
    with served(Rehearsal()) as site:
        terminal = Page(site).terminal()
        terminal.type("echo pid=$$=\r")
        pid = int(terminal.until(r"pid=(\d+)=")[1])
    assert not Path("/proc", str(pid)).exists()


def test_no_descriptor_of_ours_is_the_programs() -> None:
    session = TerminalSession.spawn(["sh", "-c", "ls -l /proc/self/fd; cat /proc/self/status"], Size(), os.environ)
    seen, until = b"", time.monotonic() + 10
    while (part := session.read()) != b"":
        seen += part or b""
        assert time.monotonic() < until
        time.sleep(0.01)
    session.close()
    assert b"socket:" not in seen
    assert b"SigBlk:\t0000000000000000" in seen
    ignored = re.search(rb"SigIgn:\t([0-9a-f]+)", seen)
    assert ignored is not None
    assert int(ignored[1], 16) & 0x7FFFFFFF == 0  # 32 and 33 are glibc's own: posix_spawn ignores them


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(LabError, match="cannot run /no/such/program: No such file"):
        TerminalSession.spawn(["/no/such/program"], Size(), {})
