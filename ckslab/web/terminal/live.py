"""A terminal that runs whether a page looks on or not: output is kept and passed on, input passed in, both bounded.

Output is read only as far as the page has drawn what it got before: a program that prints without end waits, as it
does for a slow real terminal. With no page it goes on, and what is kept is the last of it.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Protocol

from ckslab.web.terminal.scrollback import Scrollback
from ckslab.web.terminal.session import TerminalSession
from ckslab.web.terminal.size import Size

OUTPUT_WINDOW = 256 << 10
"""Bytes that a page may have got and not drawn yet."""

INPUT_WINDOW = 256 << 10
"""Bytes that a page may have sent and the program not read yet."""

_UNSEEN_PAUSE = 0.02
"""Seconds between two looks while no page looks on: some 3 MB/s, which takes little of the machine."""

_HUNG_UP = 128 + signal.SIGHUP
"""What a program ends with whose terminal went away."""

_POLL = 0.25
"""Seconds between two looks for the end where the system cannot tell of it (no pidfd)."""


class Onlooker(Protocol):
    """A page's side of a terminal. None of these may wait."""

    def output(self, data: bytes) -> None:
        """It printed this."""

    def taken(self, count: int) -> None:
        """So many more bytes of input were taken."""

    def ended(self, code: int) -> None:
        """The program ended."""

    def replaced(self) -> None:
        """Another page looks on from now on."""


class TooMuchInput(Exception):
    """A page sent more than it may."""


class LiveTerminal:
    """A terminal of the page. All of it belongs to one event loop."""

    def __init__(self, session: TerminalSession, size: Size, on_end: Callable[[], None] = lambda: None) -> None:
        self._session = session
        self._size = size
        self._loop = asyncio.get_running_loop()
        self._kept = Scrollback()
        self._onlooker: Onlooker | None = None
        self._undrawn = 0
        self._input = bytearray()
        self._reading = False
        self._resume: asyncio.TimerHandle | None = None
        self._on_end = on_end
        self._pidfd: int | None = None
        self.code: int | None = None
        self._read_on()
        self._watch_end()

    def attach(self, onlooker: Onlooker, size: Size) -> bytes:
        """Be the one that looks on, at this size; what it has to draw first, which counts as output."""
        if self._onlooker is not None:
            self._onlooker.replaced()
        self._onlooker = onlooker
        self._input.clear()  # what another page sent, and nobody read
        replay = self._kept.replay()
        self._undrawn = len(replay)
        redraw = self._kept.full_screen and size == self._size
        if redraw:  # an editor draws anew when its size changes, and only then
            self.resize(Size(columns=size.columns, rows=size.rows + (1 if size.rows < 3 else -1)))
        self.resize(size)
        self._flow()
        return replay

    def detach(self, onlooker: Onlooker) -> None:
        """It looks on no longer."""
        if self._onlooker is onlooker:
            self._onlooker = None
            self._undrawn = 0
            self._flow()

    def drawn(self, count: int) -> None:
        """The page has drawn so many more bytes."""
        self._undrawn = max(0, self._undrawn - count)
        self._flow()

    def type(self, data: bytes) -> None:
        """Input. TooMuchInput: more than the window."""
        if len(self._input) + len(data) > INPUT_WINDOW:
            raise TooMuchInput
        idle = not self._input
        self._input += data
        if idle:
            self._pass_input()

    def resize(self, size: Size) -> None:
        """The page has another size now."""
        self._size = size
        self._session.resize(size)

    async def close(self) -> None:
        """End the program, and wait until it has ended."""
        if self.code is None:
            self._stop_reading()
            self._forget_descriptor()
            self._session.hang_up()
            self._finish(_HUNG_UP)
            await asyncio.to_thread(self._session.close)

    # reading

    def _flow(self) -> None:
        if self._undrawn >= OUTPUT_WINDOW:
            self._stop_reading()
        elif not self._reading and self._resume is None:
            self._read_on()

    def _read_on(self) -> None:
        self._resume = None
        if not self._reading and self._session.fileno() >= 0 and self.code is None:
            self._loop.add_reader(self._session.fileno(), self._readable)
            self._reading = True

    def _stop_reading(self) -> None:
        if self._resume is not None:
            self._resume.cancel()
            self._resume = None
        if self._reading:
            self._loop.remove_reader(self._session.fileno())
            self._reading = False

    def _readable(self) -> None:
        data = self._session.read()
        if data is None:
            return
        if not data:
            self._stop_reading()  # nothing will come: the end is told by the process
            return
        self._kept.add(data)
        if self._onlooker is not None:
            self._undrawn += len(data)
            self._onlooker.output(data)
            self._flow()
        else:
            self._stop_reading()
            self._resume = self._loop.call_later(_UNSEEN_PAUSE, self._read_on)

    # writing

    def _pass_input(self) -> None:
        number = self._session.fileno()
        if number < 0:
            self._input.clear()
            return
        count = self._session.write(bytes(self._input[: 16 << 10]))
        del self._input[:count]
        if count and self._onlooker is not None:
            self._onlooker.taken(count)
        self._loop.remove_writer(number)
        if self._input:
            self._loop.add_writer(number, self._pass_input)

    # the end

    def _watch_end(self) -> None:
        if hasattr(os, "pidfd_open"):
            try:
                self._pidfd = os.pidfd_open(self._session.pid)
            except OSError:
                self._pidfd = None
        if self._pidfd is not None:
            self._loop.add_reader(self._pidfd, self._maybe_ended)
        else:
            self._loop.call_later(_POLL, self._poll_end)

    def _poll_end(self) -> None:
        self._maybe_ended()
        if self.code is None:
            self._loop.call_later(_POLL, self._poll_end)

    def _maybe_ended(self) -> None:
        code = self._session.exit_code()
        if code is None or self.code is not None:
            return
        if self._pidfd is not None:
            self._loop.remove_reader(self._pidfd)
        self._last_words()
        self._stop_reading()
        self._forget_descriptor()
        self._session.hang_up()
        self._finish(code)

    def _last_words(self) -> None:
        """What it printed before it ended; no end is waited for, because others may print there still."""
        length = 0
        while length < OUTPUT_WINDOW and (data := self._session.read()):
            length += len(data)
            self._kept.add(data)
            if self._onlooker is not None:
                self._onlooker.output(data)

    def _forget_descriptor(self) -> None:
        if self._session.fileno() >= 0:
            self._loop.remove_reader(self._session.fileno())
            self._loop.remove_writer(self._session.fileno())
            self._reading = False

    def _finish(self, code: int) -> None:
        self.code = code
        if self._pidfd is not None:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = None
        if self._onlooker is not None:
            self._onlooker.ended(code)
        self._on_end()
