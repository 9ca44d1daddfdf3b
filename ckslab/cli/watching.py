"""`grade --watch`: files graded again at each change, the running cluster at Enter, q or Ctrl-C leaves."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from ckslab import lab
from ckslab.cli.choose import suffix
from ckslab.errors import CkslabError, UsageError

PAUSE = 0.5
"""Seconds between two looks at the files."""


def watch_lab(name: str) -> int:
    """Grade until the learner leaves; exit code 0. UsageError without a terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("--watch needs a terminal", advice="ckslab grade")
    seen = None
    with _keys():
        while True:
            now = lab.fingerprint(lab.find_lab(name).running())
            if now != seen:
                seen = now
                _grade(name, files_only=True)
            key = _key(PAUSE)
            if key in ("q", "Q", "\x04"):
                return 0
            if key in ("\r", "\n"):
                _grade(name, files_only=False)


def _grade(name: str, *, files_only: bool) -> None:
    from ckslab.render.console import console
    from ckslab.render.error import print_error
    from ckslab.render.progress import shown_progress
    from ckslab.render.report_text import print_report

    try:
        with shown_progress() as progress:
            report = lab.grade_lab(lab.find_lab(name), progress, files_only=files_only)
    except CkslabError as error:
        print_error(error)
    else:
        sys.stdout.write("\x1b[H\x1b[2J")
        print_report(console(), report, lab=suffix(name))
    sys.stdout.write("\nwatching the files · Enter grades all on the running cluster · q leaves\n")
    sys.stdout.flush()


@contextmanager
def _keys() -> Iterator[None]:
    """Keys come at once and are not echoed; Ctrl-C still interrupts. Undone whatever happens."""
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    try:
        tty.setcbreak(number)
        yield
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)


def _key(wait: float) -> str:
    """The key that was pressed within `wait` seconds, or "". A terminal that went away reads as Ctrl-D."""
    number = sys.stdin.fileno()
    if not select.select([number], [], [], wait)[0]:
        return ""
    return os.read(number, 1).decode(errors="replace") or "\x04"
