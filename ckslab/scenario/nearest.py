"""Nearest names: what the author or learner may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LISTED = 12


def nearest(word: str, known: Iterable[str]) -> str:
    """A clause that ends a message: the nearest known name, else all names when they are few."""
    names = sorted(set(known))
    close = difflib.get_close_matches(word[:80], names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(names)}" if 0 < len(names) <= _LISTED else ""
