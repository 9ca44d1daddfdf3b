"""Errors on the terminal: what happened, the last lines of a log, and what to do next."""

from __future__ import annotations

import os
import sys
from typing import IO

from ckslab.errors import CkslabError
from ckslab.render import clean

_RED, _DIM, _CYAN, _OFF = "\x1b[1;31m", "\x1b[2m", "\x1b[36m", "\x1b[0m"


def print_error(error: CkslabError, stream: IO[str] | None = None) -> None:
    """Print `error` to `stream` (standard error). Kept free of rich: a usage error answers at once."""
    stream = stream or sys.stderr
    colours = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    stream.write(_painted("ckslab: ", _RED, colours) + clean.block(error.message).rstrip() + "\n")
    for line in clean.block(error.details).rstrip().splitlines():
        stream.write(_painted(f"  | {line}", _DIM, colours) + "\n")
    for n, line in enumerate(clean.block(error.advice).strip().removeprefix("next: ").splitlines()):
        stream.write(_painted(f"{'next: ' if n == 0 else '      '}{line}", _CYAN, colours) + "\n")
    stream.flush()


def _painted(text: str, colour: str, colours: bool) -> str:
    return f"{colour}{text}{_OFF}" if colours else text
