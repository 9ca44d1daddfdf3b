"""The learner's own terminal as one of an exam's: keys go in as they are pressed, bytes come out as printed."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

from ckslab.errors import UsageError
from ckslab.exam.terminal.session import End, Session
from ckslab.lab.terminal import of_terminal
from ckslab.render.exam_screen import TextScreen


def sit(exam_id: str) -> End:
    """Until base's shell or the exam ends; why. UsageError: this is no terminal.

    SystemExit: this process was hung up or terminated; what ran on base and the host is hung up, too.
    """
    if not is_terminal():
        raise UsageError("the exam's shell needs a terminal", advice="ckslab exam status tells how it is")
    keys, before = sys.stdin.fileno(), termios.tcgetattr(sys.stdin.fileno())
    rows, columns = _size(keys)
    session = Session(
        exam_id, TextScreen(), _write, rows=rows, columns=columns, environment=of_terminal(os.environ)
    )

    def resized(_: int, __: object) -> None:
        session.resize(*_size(keys))

    told: list[int] = []

    def ends(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)  # a second one ends it wherever it is
        told.append(number)
        session.close()

    stop_out, stop_in = os.pipe()
    reader = Thread(target=_read, args=(session, keys, stop_out), daemon=True)
    handlers: dict[int, Callable[[int, object], None]] = {
        signal.SIGWINCH: resized,
        signal.SIGHUP: ends,
        signal.SIGTERM: ends,
    }
    old = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        tty.setraw(keys)
        reader.start()
        try:
            end = session.run()
        except OSError:  # what is written to a terminal that has gone
            if not told:
                raise
        if told:
            raise SystemExit(128 + told[0])
        return end
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
        os.write(stop_in, b"s")
        if reader.is_alive():
            reader.join(2.0)
        os.close(stop_in)
        os.close(stop_out)
        with suppress(termios.error):  # it is gone
            termios.tcsetattr(keys, termios.TCSAFLUSH, before)


def is_terminal() -> bool:
    """Whether somebody types and reads."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _size(keys: int) -> tuple[int, int]:
    """Rows and columns of the terminal itself, whatever COLUMNS says: programs on hosts are told the same."""
    size = os.get_terminal_size(keys)
    return (size.lines or 24, size.columns or 80)


def _read(session: Session, keys: int, stop: int) -> None:
    while True:
        ready, _, _ = select.select([keys, stop], [], [])
        if stop in ready:
            return
        try:
            data = os.read(keys, 4096)
        except OSError:
            data = b""
        if not data:  # the terminal went away
            session.close()
            return
        session.input(data)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]
