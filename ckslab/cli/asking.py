"""A question on the terminal."""

from __future__ import annotations

import select
import sys
import termios

LOOK = 0.2
"""Seconds after which a signal is seen that came just before the wait for a line began: `input` would miss it."""


def ask(question: str) -> str:
    """What is typed, without spaces around it. Ctrl-C, and the end of input, interrupt the command.

    What was typed while something was waited for is no answer: it would start a clock before anybody looks.
    """
    if sys.stdin.isatty():
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
    sys.stdout.write(question)
    sys.stdout.flush()
    while not select.select([sys.stdin], [], [], LOOK)[0]:
        continue
    line = sys.stdin.readline()
    if not line:
        raise KeyboardInterrupt
    return line.strip()
