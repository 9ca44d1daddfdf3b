"""Regular expressions of scenario authors, searched by RE2: in time that grows with the text, whatever they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, Any

import re2
from pydantic import AfterValidator, Field

from ckslab.text_lines import lines_of

MAX_LINE = 4096
"""Characters of a line that are looked at."""

MAX_PATTERN = 500
"""Characters of a pattern."""

_ODD_TO_RE2 = {
    "invalid perl operator": "RE2 knows no lookaround, and no conditional or atomic group",
    "invalid escape sequence": r"RE2 knows no backreference, and writes the text's end \z",
    "bad repetition operator": "RE2 knows no possessive or nested repetition",
    "pattern too large": "the repetitions in it multiply to too much",
}
"""What Python or Perl would take, by the beginning of RE2's message (re2/re2.cc: `RE2::CodeText`)."""


_NO_LOWER_BOUND = re.compile(r"(?<!\\)\{,\d+\}")
"""Python's for "up to so many"; to RE2 it is plain text."""


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    return options


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    return re2.compile(pattern, _options())


def _valid(pattern: str) -> str:
    if _NO_LOWER_BOUND.search(pattern):
        raise ValueError("a repetition without a lower bound is plain text to RE2: write {0,9} for {,9}")
    try:
        _compiled(pattern)
    except re2.error as error:
        said = error.args[0].decode(errors="replace")
        odd = next((words for begin, words in _ODD_TO_RE2.items() if said.startswith(begin)), "")
        raise ValueError(f"not a regular expression of RE2: {said}{odd and f' ({odd})'}") from None
    return pattern


Pattern = Annotated[str, Field(min_length=1, max_length=MAX_PATTERN), AfterValidator(_valid)]
"""A regular expression in RE2's syntax, searched for line by line."""


def matches(pattern: str, line: str) -> bool:
    """Whether the pattern is found in a line."""
    return _compiled(pattern).search(_encodable(line[:MAX_LINE])) is not None


def matching_line(pattern: str, lines: Iterable[str]) -> int | None:
    """The number (from 1) of the first line in which `pattern` is found."""
    return next((number for number, line in enumerate(lines, 1) if matches(pattern, line)), None)


def found(pattern: str, text: str) -> bool:
    """Whether some line of `text` matches."""
    return matching_line(pattern, lines_of(text) or [""]) is not None


def _encodable(text: str) -> str:
    """The text with each half of a surrogate pair, which JSON can hold and UTF-8 cannot, as U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
