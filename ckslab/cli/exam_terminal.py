"""The learner's own terminal as one of an exam's: keys go in as they are pressed, bytes come out as printed."""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import termios
import tty
from threading import Thread

from ckslab.errors import UsageError
from ckslab.exam.terminal.session import End, Session
from ckslab.render.exam_screen import TextScreen

PASSED = ("TERM", "COLORTERM", "NO_COLOR")


def sit(exam_id: str) -> End:
    """Until base's shell or the exam ends; why. UsageError: this is no terminal."""
    if not is_terminal():
        raise UsageError("the exam's shell needs a terminal", advice="ckslab exam status tells how it is")
    keys, before = sys.stdin.fileno(), termios.tcgetattr(sys.stdin.fileno())
    columns, rows = shutil.get_terminal_size()
    environment = {name: os.environ[name] for name in PASSED if name in os.environ}
    session = Session(exam_id, TextScreen(), _write, rows=rows, columns=columns, environment=environment)

    def resized(*_: object) -> None:
        size = shutil.get_terminal_size()
        session.resize(size.lines, size.columns)

    stop_out, stop_in = os.pipe()
    reader = Thread(target=_read, args=(session, keys, stop_out), daemon=True)
    old = signal.signal(signal.SIGWINCH, resized)
    try:
        tty.setraw(keys)
        reader.start()
        return session.run()
    finally:
        signal.signal(signal.SIGWINCH, old)
        os.write(stop_in, b"s")
        if reader.is_alive():
            reader.join(2.0)
        os.close(stop_in)
        os.close(stop_out)
        termios.tcsetattr(keys, termios.TCSAFLUSH, before)


def is_terminal() -> bool:
    """Whether somebody types and reads."""
    return sys.stdin.isatty() and sys.stdout.isatty()


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
