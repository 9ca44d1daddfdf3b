"""Progress of long work: a spinner with time and bytes on a terminal, one line a step elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager
from threading import Lock
from types import TracebackType
from typing import IO

from ckslab.progress import Progress
from ckslab.render import clean


class Shown(Progress, AbstractContextManager["Shown"]):
    """Progress that is shown while its `with` block runs."""

    def pause(self) -> None:
        """Take the display away until the next step, so that other lines can be printed."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the display."""


def shown_progress(stream: IO[str] | None = None) -> Shown:
    """A display on `stream` (standard error), fitting whether that is a terminal."""
    stream = stream or sys.stderr
    if not stream.isatty():
        return PlainProgress(stream)
    from ckslab.render.spinner import Spinner

    return Spinner(stream)


class PlainProgress(Shown):
    """One line for each new step, and one every ten seconds for a step that counts."""

    every = 10.0

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lock = Lock()
        self._last = ""
        self._told = time.monotonic()

    def step(self, text: str) -> None:
        """Print the step, unless it was the last one."""
        with self._lock:
            if text != self._last:
                self._last = text
                self._tell(text)

    def advance(self, done: int, total: int | None, unit: str = "") -> None:
        """Print how far the step is, seldom."""
        with self._lock:
            if time.monotonic() - self._told >= self.every:
                self._tell(f"{self._last}: {counted(done, total, unit)}")

    def _tell(self, text: str) -> None:
        self._told = time.monotonic()
        try:
            self._stream.write(f"{clean.line(text)}\n")
            self._stream.flush()
        except OSError:
            return  # nobody listens any more; the work goes on


def counted(done: int, total: int | None, unit: str) -> str:
    """Say a count: "12.0 of 48.5 MB", "3 of 7 images", "12.0 MB"."""
    if unit == "bytes":
        return f"{done / 1e6:.1f}" + (f" of {total / 1e6:.1f}" if total else "") + " MB"
    return f"{done}" + (f" of {total}" if total else "") + (f" {unit}" if unit else "")
