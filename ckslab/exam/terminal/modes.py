"""What programs have asked of a terminal, so that it can be taken back from one that was ended in the middle.

An editor takes the second screen and other keys, and gives both back when it ends; one that is killed does not
(xterm's control sequences, `ctlseqs`: DECSET, DECRST, DECKPAM, DECSTBM).
"""

from __future__ import annotations

import re

_ASKED = re.compile(rb"\x1b(?:\[\?([0-9;]{1,60})([hl])|\[([0-9;]{0,20})r|([=>]))")
_LONGEST = 64
"""Bytes of a sequence at most that are looked for when it comes in two pieces."""

CURSOR = 25
SCREENS = (47, 1047, 1049)
KEPT = frozenset({1, 9, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 2004, *SCREENS})
"""Private modes that are off in a shell: keys of the cursor, the mouse, focus, pasting, the second screen."""


class Modes:
    """Of one terminal."""

    def __init__(self) -> None:
        """As a terminal begins."""
        self._rest = b""
        self._forget()

    def seen(self, data: bytes) -> None:
        """This was printed."""
        text = self._rest + data
        begin = text.rfind(b"\x1b", -_LONGEST)
        self._rest = b"" if begin < 0 or _ASKED.match(text, begin) else text[begin:]
        for modes, switch, region, keypad in _ASKED.findall(text):
            if keypad:
                self._keypad = keypad == b"="
            elif not switch:
                self._region = region.strip(b";") != b""
            for number in map(int, filter(None, modes.split(b";"))):
                self._switch(number, on=switch == b"h")

    def taken_back(self) -> bytes:
        """What makes the terminal a shell's again; nothing where it is."""
        back = b"\x1b7\x1b[r\x1b8" if self._region else b""  # it moves the cursor, which stays
        back += b"\x1b>" if self._keypad else b""
        back += b"\x1b[?25h" if self._hidden else b""
        # the screen last: the cursor goes back with it
        back += b"".join(b"\x1b[?%dl" % mode for mode in sorted(self._on, key=lambda mode: (mode in SCREENS, mode)))
        self._forget()
        return back + b"\x1b[0m" if back else b""

    def _forget(self) -> None:
        self._on: set[int] = set()
        self._hidden = self._keypad = self._region = False

    def _switch(self, number: int, *, on: bool) -> None:
        if number == CURSOR:
            self._hidden = not on
        elif number in KEPT:
            (self._on.add if on else self._on.discard)(number)
