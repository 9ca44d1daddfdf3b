"""Characters that cannot be seen, or that change how others are seen, as something that can be seen."""

from __future__ import annotations

import re
import unicodedata

# All but printable ASCII, newline and tab is looked at one by one.
_UNUSUAL = re.compile(r"[^\x20-\x7e\n\t]")

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
"""Control, format (marks of direction, of zero width, tags), surrogate, unassigned, private, line separators."""

_BLANK = frozenset(
    "\N{HANGUL FILLER}\N{HALFWIDTH HANGUL FILLER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}"
    "\N{BRAILLE PATTERN BLANK}\N{COMBINING GRAPHEME JOINER}"
)
"""Of other categories, and empty all the same."""


def visible(text: str) -> str:
    """`text` with the code of each hidden character in its place; there are pictures for some, in few fonts."""
    return _UNUSUAL.sub(_shown, text.replace("\r\n", "\n"))


def _shown(found: re.Match[str]) -> str:
    char = found[0]
    category = unicodedata.category(char)
    if category in _HIDDEN or char in _BLANK or (category == "Zs" and char != "\N{NO-BREAK SPACE}"):
        return f"\N{MATHEMATICAL LEFT ANGLE BRACKET}U+{ord(char):04X}\N{MATHEMATICAL RIGHT ANGLE BRACKET}"
    return " " if category == "Zs" else char
