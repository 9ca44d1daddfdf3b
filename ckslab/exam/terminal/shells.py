"""A shell on a pseudo-terminal of its own."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path

_CONTROLLING = Path(__file__).with_name("controlling.py")

CHUNK = 1 << 16


class Shell:
    """A process whose terminal we are. fd: our side of it, not blocking."""

    def __init__(
        self, start: Callable[[int], AbstractContextManager[subprocess.Popen[bytes]]], rows: int, columns: int
    ) -> None:
        """Start it by `start`, which is given the other side. Its errors are raised as they are."""
        self.fd, slave = os.openpty()
        self._stack = ExitStack()
        try:
            os.set_blocking(self.fd, False)
            self.resize(rows, columns)
            self.process = self._stack.enter_context(start(slave))
        except BaseException:
            os.close(self.fd)
            raise
        finally:
            os.close(slave)

    def resize(self, rows: int, columns: int) -> None:
        """Tell it how large the terminal is."""
        with suppress(OSError):
            fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self) -> bytes | None:
        """What it printed; b"" where that is nothing just now, None at its end."""
        try:
            return os.read(self.fd, CHUNK) or None
        except BlockingIOError:
            return b""
        except OSError:  # EIO: nobody has the other side open any more
            return None

    def write(self, data: bytes) -> int:
        """How many bytes it took; 0 where it takes none just now."""
        try:
            return os.write(self.fd, data)
        except BlockingIOError:
            return 0
        except OSError:
            return len(data)  # it ended: what is typed now is for nobody

    def close(self) -> int:
        """Hang up, and wait: its exit code."""
        os.close(self.fd)
        self._stack.close()
        code = self.process.returncode
        return code if code is not None and code >= 0 else 128 - (code or 0)


def command(argv: Sequence[str], environment: dict[str, str]) -> Callable[[int], _Running]:
    """For a Shell: run `argv` on it, hung up and then killed when it is closed."""
    return lambda slave: _Running(argv, environment, slave)


class _Running(AbstractContextManager[subprocess.Popen[bytes]]):
    """A process with the slave as its controlling terminal."""

    def __init__(self, argv: Sequence[str], environment: dict[str, str], slave: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_CONTROLLING), *argv],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )

    def __enter__(self) -> subprocess.Popen[bytes]:
        return self._process

    def __exit__(self, *_: object) -> None:
        """The kernel has sent HUP to all of its session when our side was closed."""
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            self._process.wait()
