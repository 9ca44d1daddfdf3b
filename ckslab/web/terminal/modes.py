"""Which modes of a terminal a stream of output has left switched on: what a replay of its end must begin with."""

from __future__ import annotations

import re

_PRIVATE = re.compile(rb"\x1b\[\?([0-9;]{1,64})([hl])|\x1bc")
"""DECSET and DECRST; RIS, which resets all. https://invisible-island.net/xterm/ctlseqs/ctlseqs.html"""

_KEPT = {
    1: False,  # cursor keys of applications
    7: True,  # lines wrap
    9: False,  # the mouse, in its kinds
    25: True,  # the cursor is seen
    47: False,  # the other screen, in its kinds
    1000: False,
    1002: False,
    1003: False,
    1004: False,
    1006: False,
    1047: False,
    1049: False,
    2004: False,  # pasted text is bracketed
}
"""The modes that matter, with what they are at first."""

_SCREENS = (47, 1047, 1049)
_UNFINISHED = 72


class Modes:
    """The modes after all that was fed."""

    def __init__(self) -> None:
        self._now = dict(_KEPT)
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Go on with what was printed; a sequence may be cut anywhere."""
        if not self._rest and b"\x1b" not in data:
            return
        data = self._rest + data
        end = 0
        for found in _PRIVATE.finditer(data):
            end = found.end()
            if found[1] is None:
                self._now = dict(_KEPT)
                continue
            for word in found[1].split(b";"):
                if word and int(word) in self._now:
                    self._now[int(word)] = found[2] == b"h"
        begin = data.rfind(b"\x1b", max(end, len(data) - _UNFINISHED))
        self._rest = data[begin:] if begin >= 0 else b""

    @property
    def full_screen(self) -> bool:
        """Whether a program has the other screen: an editor, a pager."""
        return any(self._now[screen] for screen in _SCREENS)

    def sequence(self) -> bytes:
        """What makes a new terminal one with these modes."""
        changed = [(mode, on) for mode, on in self._now.items() if on != _KEPT[mode]]
        return b"".join(b"\x1b[?%d%s" % (mode, b"h" if on else b"l") for mode, on in changed)
