"""The spinner: the current step, how long it takes, and a bar where the step counts."""

from __future__ import annotations

import time
from types import TracebackType
from typing import IO

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner as Wheel
from rich.table import Table
from rich.text import Text

from ckslab.render import clean
from ckslab.render.console import console
from ckslab.render.progress import Shown, counted


class Spinner(Shown):
    """Progress on a terminal; it leaves no trace there when it ends."""

    def __init__(self, stream: IO[str]) -> None:
        self._wheel = Wheel("dots", style="cyan")
        self._count: tuple[int, int | None, str] | None = None
        self._begin("")
        self._live = Live(
            console=console(stream), transient=True, refresh_per_second=10, get_renderable=self._line
        )
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
        line = Table.grid(padding=(0, 1))
        cells: list[Wheel | Text | ProgressBar] = [
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
