"""A command in a node ends in its time and says how, whatever enters the node: here the way in is a plain shell."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from contextlib import closing

import pytest

from ckslab.cluster.node import child
from ckslab.cluster.node import timed_run as module
from ckslab.cluster.node.child import RunningChild, run_child
from ckslab.cluster.node.timed_run import timed_run
from ckslab.errors import LabError, TookTooLong


def entered(words: Sequence[str]) -> list[str]:
    return list(words)


def run(script: str, seconds: float = 10.0, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return timed_run(entered, ["sh", "-c", script], stdin, seconds, LabError)


@pytest.mark.parametrize(
    ("script", "code", "stdout", "stderr"),
    [
        ("exit 0", 0, b"", b""),
        ("echo out; echo err >&2; exit 3", 3, b"out\n", b"err\n"),
        ("printf err >&2; exit 124", 124, b"", b"err"),
        ("printf '\\n\\n' >&2", 0, b"", b"\n\n"),
        ("cat", 0, b"given", b""),
        ("kill -KILL $$", 137, b"", b""),
        ("exit 137", 137, b"", b""),
    ],
)
def test_code_and_output_are_the_commands_own(script: str, code: int, stdout: bytes, stderr: bytes) -> None:
    done = run(script, stdin=b"given")
    assert (done.returncode, done.stdout) == (code, stdout)
    assert done.stderr.startswith(stderr)
    assert done.args == ["sh", "-c", script]


def test_a_program_that_is_not_there_is_a_code() -> None:
    done = timed_run(entered, ["nowhere-to-be-found"], b"", 5.0, LabError)
    assert done.returncode == 127
    assert b"nowhere-to-be-found" in done.stderr


@pytest.mark.parametrize(
    "script", ["sleep 30", "echo said; echo more >&2; sleep 30", "trap '' TERM; sleep 30; sleep 30"]
)
def test_out_of_time_is_an_error_whatever_was_said_before(script: str) -> None:
    with pytest.raises(TimeoutError, match="sh took longer than 1 s on the node"):
        run(script, 1.0)


def test_a_way_in_that_hangs_is_out_of_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MARGIN", 0.2)
    with pytest.raises(TimeoutError):
        timed_run(lambda _: ["sleep", "30"], ["true"], b"", 0.3, LabError)


@pytest.mark.parametrize(
    "way",
    [
        "echo 'Error response from daemon: no such container' >&2; exit 1",
        "echo 'Error response from daemon: x' >&2; exit 0",
    ],
)
def test_a_way_in_that_fails_is_no_code_of_the_commands(way: str) -> None:
    with pytest.raises(LabError, match="Error response from daemon"):
        timed_run(lambda _: ["sh", "-c", way], ["true"], b"", 5.0, LabError)


@pytest.mark.parametrize(
    "said", ["x", "1 2", "a 1.00 2.00", "-1 1.00 2.00", "0 nan inf", "0 1e400 1.00", "0", "999999 1.00 2.00"]
)
def test_a_node_whose_own_programs_are_replaced_is_a_node_that_failed(said: str) -> None:
    """The learner is root there: /bin/sh may print what it likes after the token, which is among its arguments."""
    hostile = f"printf '\\n%s {said}\\n' \"$5\" >&2"
    with pytest.raises(LabError):
        timed_run(lambda words: ["sh", "-c", hostile, "sh", *words], ["true"], b"", 5.0, LabError)


def test_a_command_that_prints_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "MAX_OUTPUT", 1 << 20)
    for script in ("yes", "yes >&2"):
        with pytest.raises(LabError, match="printed more than 1 MiB"):
            run(script)


def test_one_that_prints_a_little_all_the_time_is_out_of_time() -> None:
    begin = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        run_child(["sh", "-c", "while :; do echo x; done"], b"", 0.5)
    with closing(RunningChild(["sh", "-c", "while :; do printf x; sleep 0.01; done"])) as dripping:
        with pytest.raises(TookTooLong):
            dripping.readline(0.5)
        dripping.process.kill()
    assert time.monotonic() - begin < 10


def test_much_is_written_and_read_at_once() -> None:
    data = b"0123456789abcdef" * (1 << 18)
    assert run("cat", stdin=data).stdout == data
    assert run("exit 0", stdin=data).returncode == 0, "nobody reads it"


def test_a_line_that_never_ends_is_out_of_time_and_one_that_is_too_long_is_cut() -> None:
    with closing(RunningChild(["sh", "-c", "printf half; sleep 30"])) as half:
        with pytest.raises(TookTooLong):
            half.readline(0.3)
        half.process.kill()
    with closing(RunningChild(["sh", "-c", "yes | tr -d '\\n'"])) as endless:
        assert len(endless.readline(10.0)) == child.MAX_LINE
        endless.process.kill()
    with closing(RunningChild(["sh", "-c", "printf 'a\\nb\\n'"])) as two:
        assert [two.readline(5.0) for _ in range(3)] == ["a", "b", ""]


def test_what_a_command_leaves_running_does_not_hide_its_end() -> None:
    done = run("(sleep 0.5; echo late >&2) & echo now >&2", 5.0)
    assert (done.returncode, done.stderr) == (0, b"now\nlate\n")
