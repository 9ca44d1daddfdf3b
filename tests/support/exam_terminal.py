"""A person at a terminal: `ckslab` on a pseudo-terminal, what is typed and what is seen."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import TracebackType

from ckslab.exam.terminal.shells import Shell, command

PATIENCE = 150.0


class Person:
    """`ckslab WORDS` on a terminal of its own; program: what Python is to run instead of ckslab."""

    def __init__(
        self,
        environment: dict[str, str],
        words: Sequence[str],
        *,
        rows: int = 24,
        columns: int = 100,
        program: Sequence[str] = ("-m", "ckslab"),
    ) -> None:
        argv = [sys.executable, *program, *words]
        self.shell = Shell(command(argv, {**environment, "TERM": "xterm"}), rows, columns)
        self.process: subprocess.Popen[bytes] = self.shell.process
        self.seen = ""
        self._from = 0
        self._closed = False

    def types(self, text: str) -> None:
        """Press these keys."""
        data = text.encode()
        while data:
            data = data[self.shell.write(data) :]

    def sees(self, pattern: str, seconds: float = PATIENCE) -> re.Match[str]:
        """Wait until what was printed since the last match matches."""
        until = time.monotonic() + seconds
        while True:
            if found := re.compile(pattern, re.DOTALL).search(self.seen, self._from):
                self._from = found.end()
                return found
            if not self._more(until - time.monotonic()):
                raise AssertionError(f"never saw {pattern!r} in:\n{self.seen[self._from :]}")

    def ends(self, seconds: float = PATIENCE) -> int:
        """Wait until the command ends: its exit code."""
        until = time.monotonic() + seconds
        while self._more(until - time.monotonic()):
            pass
        return self.process.wait(max(1.0, until - time.monotonic()))

    def kill(self) -> None:
        """kill -9 of the command itself."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def __enter__(self) -> Person:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if kind is not None:
            print(self.seen[-4000:])
        self.shell.close()

    def _more(self, seconds: float) -> bool:
        if seconds <= 0 or not select.select([self.shell.fd], [], [], seconds)[0]:
            return False
        data = self.shell.read()
        if data is None:
            return False
        self.seen += data.decode(errors="replace")
        return True


def environment_of(home: str) -> dict[str, str]:
    """Of commands with this home."""
    return {**os.environ, "CKSLAB_HOME": home, "CKSLAB_CLUSTER": "local"}
