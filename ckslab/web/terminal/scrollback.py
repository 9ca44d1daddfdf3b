"""The last of what a terminal printed, bounded: what a page that comes back is shown."""

from __future__ import annotations

from ckslab.web.terminal.modes import Modes

LIMIT = 512 << 10
"""Bytes that are kept: some 5,000 lines."""

_LINE = 8 << 10
"""A line's end is looked for so far from where it would be cut."""


class Scrollback:
    """Bytes in, the last of them out; what was dropped leaves the modes that it switched on."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._dropped = Modes()
        self._all = Modes()

    def add(self, data: bytes) -> None:
        """Keep what was printed."""
        self._all.feed(data)
        self._kept += data
        if len(self._kept) > self._limit + self._limit // 4:  # not at every byte: it moves all that is kept
            self._drop(len(self._kept) - self._limit)

    @property
    def full_screen(self) -> bool:
        """Whether an editor or the like has the whole screen."""
        return self._all.full_screen

    def replay(self) -> bytes:
        """What brings a new terminal to where this one is."""
        return self._dropped.sequence() + bytes(self._kept)

    def _drop(self, count: int) -> None:
        line = self._kept.find(b"\n", count, count + _LINE)
        cut = count if line < 0 else line + 1
        self._dropped.feed(bytes(self._kept[:cut]))
        del self._kept[:cut]
