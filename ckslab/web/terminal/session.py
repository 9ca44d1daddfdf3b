"""A program on a pseudo-terminal of its own: started, read, written to, resized, ended. It knows no event loop."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence

from ckslab.errors import LabError
from ckslab.web.terminal.size import Size

_AT_ONCE = 64 << 10
"""Bytes that one `read` gives at most."""

_HANGUP_SECONDS = 3.0
"""How long a program has to end after its terminal is gone; then it is killed."""

# What Python ignores, and asyncio changes, is not the program's business: posix_spawn sets these to their defaults.
_DEFAULT_SIGNALS = (
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGPIPE,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGTSTP,
    signal.SIGXFSZ,
)


class TerminalSession:
    """One program and its terminal. `fileno` can be waited for: readable when there is output or the end."""

    def __init__(self, master: int, pid: int) -> None:
        self._master: int | None = master
        self.pid = pid
        self._code: int | None = None

    @classmethod
    def spawn(cls, argv: Sequence[str], size: Size, environment: Mapping[str, str]) -> TerminalSession:
        """Start `argv`, a session leader whose terminal it is. LabError: it cannot be started."""
        master, slave = os.openpty()
        try:
            os.set_blocking(master, False)
            _resize(master, size)
            # A session leader without a terminal gets the first that it opens (Linux, tty_open; macOS likewise).
            pid = os.posix_spawnp(
                argv[0],
                list(argv),
                dict(environment),
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.ttyname(slave), os.O_RDWR, 0),
                    (os.POSIX_SPAWN_DUP2, 0, 1),
                    (os.POSIX_SPAWN_DUP2, 0, 2),
                ],
                setsid=True,
                setsigmask=[],
                setsigdef=_DEFAULT_SIGNALS,
            )
        except OSError as error:
            os.close(master)
            raise LabError(f"cannot run {argv[0]}: {error.strerror}", advice="ckslab doctor") from error
        finally:
            os.close(slave)
        return cls(master, pid)

    def fileno(self) -> int:
        """The terminal's descriptor; -1 when it is closed."""
        return -1 if self._master is None else self._master

    def read(self) -> bytes | None:
        """What was printed and not read yet, 64 KiB at most; None: nothing just now; b"": nothing will come."""
        parts: list[bytes] = []
        length = 0
        while self._master is not None and length < _AT_ONCE:
            try:
                part = os.read(self._master, _AT_ONCE - length)
            except BlockingIOError:
                return b"".join(parts) or None
            except OSError as error:
                if error.errno != errno.EIO:  # EIO: nobody has the other side open
                    raise
                part = b""
            if not part:
                break
            parts.append(part)
            length += len(part)
        return b"".join(parts)

    def write(self, data: bytes) -> int:
        """Type `data`; how many bytes of it were taken: less where the program does not read."""
        if self._master is None:
            return len(data)
        try:
            return os.write(self._master, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return len(data)  # the program has ended: nobody is there to read

    def resize(self, size: Size) -> None:
        """Let the program know the new size."""
        if self._master is not None:
            _resize(self._master, size)

    def exit_code(self) -> int | None:
        """What the program ended with, a signal as 128 and its number; None while it runs."""
        if self._code is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                self._code = 0
            else:
                if pid:
                    code = os.waitstatus_to_exitcode(status)
                    self._code = code if code >= 0 else 128 - code
        return self._code

    def hang_up(self) -> None:
        """Take the terminal away, as a closed window does; the program is told so (SIGHUP)."""
        if self._master is not None:
            os.close(self._master)  # the kernel tells the foreground's programs
            self._master = None
            self._signal(signal.SIGHUP)

    def kill(self) -> None:
        """End the program and its group at once."""
        self.hang_up()
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        """End it, and wait until it has ended: it is killed where it does not in 3 s."""
        self.hang_up()
        until = time.monotonic() + _HANGUP_SECONDS
        while self.exit_code() is None:
            if time.monotonic() > until:
                self.kill()
                until += _HANGUP_SECONDS
            time.sleep(0.01)

    def _signal(self, number: signal.Signals) -> None:
        if self.exit_code() is not None:
            return  # its id may be another's by now
        for send in (os.killpg, os.kill):
            try:
                send(self.pid, number)
            except (ProcessLookupError, PermissionError):
                continue


def _resize(master: int, size: Size) -> None:
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", size.rows, size.columns, 0, 0))
