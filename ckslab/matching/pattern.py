"""Regular expressions of scenario authors, bounded in what they may cost."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator

MAX_LINE = 4096
"""Characters of a line that are looked at."""

# A repetition of a group that itself repeats: the classic shape of exponential backtracking.
_NESTED = re.compile(r"[+*}]\)[+*{]|[+*}][^()]*\)[+*{]")


def _safe(text: str) -> str:
    if len(text) > 300:
        raise ValueError("a pattern may have 300 characters at most")
    if _NESTED.search(text):
        raise ValueError(f"{text!r} repeats a group that repeats: it could run for ever on a learner's file")
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


Pattern = Annotated[str, AfterValidator(_safe)]
"""A regular expression, searched for line by line."""


def matching_line(pattern: str, lines: Iterable[str]) -> int | None:
    """The number (from 1) of the first line in which `pattern` is found."""
    compiled = re.compile(pattern)
    for number, line in enumerate(lines, 1):
        if compiled.search(line[:MAX_LINE]):
            return number
    return None


def found(pattern: str, text: str) -> bool:
    """Whether some line of `text` matches."""
    return matching_line(pattern, text.splitlines() or [""]) is not None
