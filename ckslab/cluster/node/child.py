"""Programs of this machine that reach into a node: run to their end within a time, or fed until closed."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO

from ckslab.errors import LabError, TookTooLong

MAX_OUTPUT = 96 << 20
"""Bytes that a child may print on either stream: 64 MiB of files in base64, and what is around them."""

MAX_LINE = 64 << 10
"""Bytes of one line of a child that is fed."""

_CHUNK = 1 << 16


def run_child(command: Sequence[str], stdin: bytes, timeout: float) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a session of its own.

    TimeoutExpired after `timeout` seconds, LabError where it prints more than MAX_OUTPUT; all of it is killed then.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, errors = _talk(process, stdin, time.monotonic() + timeout, timeout)
    except BaseException:
        _kill_session(process)
        raise
    return subprocess.CompletedProcess(list(command), process.returncode, output, errors)


def _talk(process: subprocess.Popen[bytes], stdin: bytes, end: float, timeout: float) -> tuple[bytes, bytes]:
    """Popen.communicate, which knows no bound of what is printed."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    said: dict[IO[bytes], list[bytes]] = {process.stdout: [], process.stderr: []}
    size: dict[IO[bytes], int] = dict.fromkeys(said, 0)
    left = memoryview(stdin)
    with selectors.DefaultSelector() as streams:
        os.set_blocking(process.stdin.fileno(), False)
        streams.register(process.stdin, selectors.EVENT_WRITE, process.stdin)
        streams.register(process.stdout, selectors.EVENT_READ, process.stdout)
        streams.register(process.stderr, selectors.EVENT_READ, process.stderr)
        while streams.get_map():
            ready = streams.select(max(0.0, end - time.monotonic()))
            if time.monotonic() >= end:  # also where there is always something more to read
                raise subprocess.TimeoutExpired(process.args, timeout)
            for key, _ in ready:
                stream: IO[bytes] = key.data
                if stream is process.stdin:
                    left = _fed(process.stdin.fileno(), left)
                    done = not left
                else:
                    chunk = os.read(key.fd, _CHUNK)
                    said[stream].append(chunk)
                    size[stream] += len(chunk)
                    done = not chunk
                    if size[stream] > MAX_OUTPUT:
                        raise LabError(f"a command on the node printed more than {MAX_OUTPUT >> 20} MiB")
                if done:
                    streams.unregister(stream)
                    with suppress(BrokenPipeError):
                        stream.close()
    process.wait(max(0.0, end - time.monotonic()))
    return b"".join(said[process.stdout]), b"".join(said[process.stderr])


def _fed(pipe: int, left: memoryview) -> memoryview:
    """What is still to be written; nothing where nobody reads it any more."""
    try:
        return left[os.write(pipe, left[:_CHUNK]) :]
    except BlockingIOError:
        return left
    except BrokenPipeError:
        return left[:0]


class RunningChild:
    """See `ckslab.cluster.backend.Running`."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, bufsize=0
        )
        self._said = b""

    def readline(self, timeout: float) -> str:
        """One line of the command's output."""
        assert self.process.stdout is not None
        late = time.monotonic() + timeout
        with selectors.DefaultSelector() as streams:
            streams.register(self.process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._said and len(self._said) <= MAX_LINE:
                ready = streams.select(max(0.0, late - time.monotonic()))
                if not ready or time.monotonic() >= late:
                    raise TookTooLong(f"no answer from the node in {timeout:.0f} s")
                chunk = os.read(self.process.stdout.fileno(), _CHUNK)
                if not chunk:
                    break
                self._said += chunk
        line, _, self._said = self._said.partition(b"\n")
        return line[:MAX_LINE].decode(errors="replace")

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(5.0)
        except subprocess.TimeoutExpired:
            _kill_session(self.process)
        self.process.stdout.close()


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()


def die_with_parent(number: int) -> Callable[[], object] | None:
    """For `preexec_fn`: have the kernel send the child a signal when its parent dies (prctl(2), Linux only)."""
    if sys.platform != "linux":
        return None
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    set_parent_death_signal = 1
    return lambda: prctl(set_parent_death_signal, int(number))
