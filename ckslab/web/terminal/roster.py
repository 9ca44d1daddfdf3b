"""All terminals of the page, by name: opened, listed, closed, and ended with the exam."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from itertools import count

from ckslab.errors import LabError
from ckslab.web.terminal.live import LiveTerminal
from ckslab.web.terminal.session import TerminalSession
from ckslab.web.terminal.size import Size

MOST = 8
"""Terminals at once."""


class Terminals:
    """argv: what runs in each. changed: called when one more is there, or one less."""

    def __init__(self, argv: Sequence[str], changed: Callable[[], None] = lambda: None) -> None:
        self._argv = tuple(argv)
        self._changed = changed
        self._open: dict[str, LiveTerminal] = {}
        self._numbers = count(1)
        self._allowed = True

    def names(self) -> list[str]:
        """Those that are open, the oldest first."""
        return list(self._open)

    def get(self, name: str) -> LiveTerminal | None:
        """The terminal, None where there is none of that name."""
        return self._open.get(name)

    def open(self, size: Size) -> str:
        """One more; its name. LabError: there are enough, work has ended, or it cannot be started."""
        if not self._allowed:
            raise LabError("the exam's clock does not run, and so there are no terminals")
        if len(self._open) >= MOST:
            raise LabError(f"{MOST} terminals are open: close one of them first")
        name = str(next(self._numbers))
        session = TerminalSession.spawn(self._argv, size, _environment(os.environ))
        self._open[name] = LiveTerminal(session, size, on_end=lambda: self._ended(name))
        self._changed()
        return name

    async def close(self, name: str) -> None:
        """End one; one that is not there is no error."""
        if (terminal := self._open.get(name)) is not None:
            await terminal.close()

    async def allow(self, on: bool) -> None:
        """Whether there may be terminals; where not, all end."""
        self._allowed = on
        if not on:
            await asyncio.gather(*[terminal.close() for terminal in self._open.values()])

    def _ended(self, name: str) -> None:
        self._open.pop(name, None)
        self._changed()


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Of a program in xterm.js; what our own terminal is says nothing about it."""
    kept = {key: value for key, value in ours.items() if key not in ("LINES", "COLUMNS", "TERMCAP", "WINDOWID")}
    return kept | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
