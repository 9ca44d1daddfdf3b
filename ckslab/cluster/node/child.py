"""Programs of this machine that reach into a node: run to their end within a time, or fed until closed."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence


def run_child(command: Sequence[str], stdin: bytes, timeout: float) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a session of its own; TimeoutExpired after `timeout` seconds, all of it is killed then."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(stdin, timeout)
    except BaseException:
        _kill_session(process)
        raise
    return subprocess.CompletedProcess(list(command), process.returncode, output, errors)


class RunningChild:
    """See `ckslab.cluster.backend.Running`."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )

    def readline(self, timeout: float) -> str:
        """One line of the command's output."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], timeout)
        if not ready:
            raise TimeoutError(f"no answer from the node in {timeout:.0f} s")
        return self.process.stdout.readline().decode(errors="replace").rstrip("\n")

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
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
            stream.close()


def die_with_parent(number: int) -> Callable[[], object] | None:
    """For `preexec_fn`: have the kernel send the child a signal when its parent dies (prctl(2), Linux only)."""
    if sys.platform != "linux":
        return None
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    set_parent_death_signal = 1
    return lambda: prctl(set_parent_death_signal, int(number))
