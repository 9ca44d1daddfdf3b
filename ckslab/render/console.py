"""The terminal that text is rendered for: width, colours, and the marks that it can show."""

from __future__ import annotations

import os
import shutil
import sys
from typing import IO

from rich.console import Console

MAX_WIDTH = 120
"""Longer lines are hard to read."""

PIPED_WIDTH = 100


def console(stream: IO[str] | None = None, *, width: int | None = None) -> Console:
    """A console on `stream` (standard output): colours only on a terminal, and never with NO_COLOR."""
    stream = stream or sys.stdout
    terminal = stream.isatty()
    plain = not terminal or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Console(
        file=stream,
        width=width or _width(),
        color_system=None if plain else "auto",
        force_terminal=terminal,
        no_color=plain,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )


def _width() -> int:
    """Of the terminal or $COLUMNS."""
    return max(20, min(shutil.get_terminal_size((PIPED_WIDTH, 24)).columns, MAX_WIDTH))


def marks(out: Console) -> dict[str, str]:
    """A mark for each outcome, in ASCII where the stream's encoding has no others."""
    fancy = {"pass": "✔", "fail": "✘", "unknown": "?", "waiting": "·"}
    try:
        "".join(fancy.values()).encode(getattr(out.file, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return {"pass": "+", "fail": "x", "unknown": "?", "waiting": "-"}
    return fancy
