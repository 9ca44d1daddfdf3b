"""The lines around the place that a finding names, as they were at the grade."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ckslab.evidence import FileFact
from ckslab.grading.report import CheckReport
from ckslab.lab.review.private_keys import without_private_keys
from ckslab.store.review import Excerpt

AROUND = 3
"""Lines before and after the one that is meant."""

MAX_LINE = 400
"""Characters that are kept of a line."""


def excerpts(checks: Iterable[CheckReport], files: Mapping[str, FileFact]) -> Iterator[Excerpt]:
    """One for each check that names a line of a file that was read."""
    for check in checks:
        place = check.where
        if place is None or place.line is None or place.path not in files:
            continue
        text = files[place.path].text
        if text is not None and (found := _around(check.id, place.path, text, place.line)):
            yield found


def _around(check: str, path: str, text: str, line: int) -> Excerpt | None:
    """Lines are counted by their newlines, as editors count them; None where the file has no such line."""
    lines = without_private_keys(text, numbered=True).split("\n")
    if not 1 <= line <= len(lines):
        return None
    first = max(1, line - AROUND)
    shown = lines[first - 1 : line + AROUND]
    if line + AROUND >= len(lines) and len(shown) > 1 and shown[-1] == "":
        shown.pop()  # what follows the last newline is no line
    return Excerpt(check=check, path=path, first=first, line=line, lines=tuple(map(cut, shown)))


def cut(line: str) -> str:
    """A line of a file, without what is too much of it; it says how much that is."""
    line = line.removesuffix("\r")
    if len(line) <= MAX_LINE:
        return line
    return f"{line[:MAX_LINE]} … ({len(line) - MAX_LINE} characters more)"
