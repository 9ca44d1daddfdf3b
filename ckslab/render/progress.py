"""Progress of long work: a spinner with time and bytes on a terminal, one line a step elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager
from threading import Lock
from types import TracebackType
from typing import IO, TYPE_CHECKING

from ckslab.progress import Progress
from ckslab.render import clean

if TYPE_CHECKING:  # rich is slow to import, and only a terminal needs it
    from rich.console import RenderableType
    from rich.table import Table


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
    return Spinner(stream)


class PlainProgress(Shown):
    """One line for each new step, and a short one every minute for a step that counts."""

    every = 60.0

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
                self._tell(clean.line(text))

    def advance(self, done: int, total: int | None, unit: str = "") -> None:
        """Print how far the step is, seldom."""
        with self._lock:
            if time.monotonic() - self._told >= self.every:
                self._tell(f"  {counted(done, total, unit)}")

    def _tell(self, text: str) -> None:
        self._told = time.monotonic()
        try:
            self._stream.write(f"{clean.block(text)}\n")
            self._stream.flush()
        except OSError:
            return  # nobody listens any more; the work goes on


class Spinner(Shown):
    """Progress on a terminal; it leaves no trace there when it ends."""

    def __init__(self, stream: IO[str]) -> None:
        from rich.live import Live
        from rich.spinner import Spinner as Wheel

        from ckslab.render.console import console

        self._wheel = Wheel("dots", style="cyan")
        self._count: tuple[int, int | None, str] | None = None
        self._begin("")
        self._live = Live(console=console(stream), transient=True, refresh_per_second=10, get_renderable=self._line)
        self._running = False

    def step(self, text: str) -> None:
        """Show the step from now on."""
        self._begin(clean.line(text))
        if not self._running:
            self._running = True
            self._live.start()

    def advance(self, done: int, total: int | None, unit: str = "") -> None:
        """Show how far the step is."""
        self._count = (done, total, unit)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the line away for good."""
        self.pause()

    def pause(self) -> None:
        """Take the line away until the next step."""
        if self._running:
            self._running = False
            self._live.stop()

    def _begin(self, text: str) -> None:
        self._text = text
        self._since = time.monotonic()
        self._count = None

    def _line(self) -> Table:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        line = Table.grid(padding=(0, 1))
        cells: list[RenderableType] = [
            self._wheel,
            Text(self._text, no_wrap=True, overflow="ellipsis"),
        ]
        if self._count:
            done, total, unit = self._count
            if total:
                cells.append(ProgressBar(total=total, completed=min(done, total), width=20))
            cells.append(Text(counted(done, total, unit)))
        cells.append(Text(f"{time.monotonic() - self._since:.0f} s", style="dim"))
        line.add_row(*cells)
        return line


def counted(done: int, total: int | None, unit: str) -> str:
    """Say a count: "12.0 of 48.5 MB", "3 of 7 images", "12.0 MB"."""
    if unit == "bytes":
        return f"{done / 1e6:.1f}" + (f" of {total / 1e6:.1f}" if total else "") + " MB"
    return f"{done}" + (f" of {total}" if total else "") + (f" {unit}" if unit else "")
