"""task.md as the learner reads it, and its sentences with the checks that read them: the author's marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_MARK = re.compile(r"\s*(checks|nothing to check)\s*:(.*)", re.DOTALL | re.IGNORECASE)
_HIDDEN = re.compile(r"[ \t]*(?:\n[ \t]*)?<!--.*?-->", re.DOTALL)
_FENCE = re.compile(r"^ {0,3}(```|~~~).*?^ {0,3}\1[^\n]*$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"(`+)[^`].*?\1", re.DOTALL)
_BLOCK = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:[-*+]|\d+[.)])[ \t])|\n(?=#)|\n(?=[ \t]*\|)")
_HEADING = re.compile(r"#{1,6}[ \t][^\n]*")
_BULLET = re.compile(r"[ \t]*(?:[-*+]|\d+[.)])[ \t]+")
# A sentence ends before white space, unless what follows begins small ("e.g. a name"), or with a block.
_END = re.compile(r"(?:(?<!\be\.g)(?<!\bi\.e)[.!?][\"')*_]*(?=\s+[^\sa-z]|\s*\Z)|:(?=\s*\Z))")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the task, or the part of one that a mark is about.

    text: "" where a mark is about nothing. line: in task.md. checks: ids that its mark names, None without such a
    mark. unchecked: why nothing checks it, None where its mark does not say so. Neither: it has no mark.
    """

    text: str
    line: int
    checks: tuple[str, ...] | None = None
    unchecked: str | None = None

    @property
    def marked(self) -> bool:
        """Whether a mark is about it."""
        return self.checks is not None or self.unchecked is not None


def shown(source: str) -> str:
    """What the learner reads: the text without comments."""
    return _HIDDEN.sub("", source)


def sentences(source: str) -> tuple[Sentence, ...]:
    """Every sentence in order, with its mark; headings and fenced text are none."""
    return tuple(_sentences(source))


def _sentences(source: str) -> Iterator[Sentence]:
    text = _FENCE.sub(_blanked, source)
    for begin, end in _blocks(text):
        at = begin
        for comment in _COMMENT.finditer(text, begin, end):
            yield from _piece(text, at, comment.start(), comment[1])
            at = comment.end()
        yield from _piece(text, at, end, None)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Where paragraphs and list items begin and end, without their bullets; a heading is none."""
    hidden = _COMMENT.sub(lambda match: "x" * len(match[0]), text)
    at = 0
    for border in (*(match.span() for match in _BLOCK.finditer(hidden)), (len(text), len(text))):
        begin, end = at, border[0]
        at = border[1]
        while match := _HEADING.match(hidden, begin, end):
            begin = min(match.end() + 1, end)
        if bullet := _BULLET.match(hidden, begin, end):
            begin = bullet.end()
        yield begin, end


def _piece(text: str, begin: int, end: int, comment: str | None) -> Iterator[Sentence]:
    """The sentences between two comments: the last of them is what the second one is about, if it is a mark."""
    plain = _CODE.sub(_masked, text[begin:end])
    ends = [match.end() for match in _END.finditer(plain)]
    borders = [0, *ends] if ends and not _WORD.search(plain, ends[-1]) else [0, *ends, len(plain)]
    spans = [(a, b) for a, b in pairwise(borders) if _WORD.search(plain, a, b)]
    mark = _MARK.fullmatch(comment) if comment is not None else None
    if mark and not spans:
        spans = [(len(plain), len(plain))]
    for number, (a, b) in enumerate(spans, 1):
        start = begin + a + len(plain[a:b]) - len(plain[a:b].lstrip())
        line = text.count("\n", 0, start) + 1
        words = text[start : begin + b].strip()
        if mark is None or number < len(spans):
            yield Sentence(words, line)
        elif mark[1].lower() == "checks":
            names = tuple(name.strip() for name in mark[2].split(",") if name.strip())
            yield Sentence(words, line, checks=names)
        else:
            yield Sentence(words, line, unchecked=" ".join(mark[2].split()))


def _blanked(match: re.Match[str]) -> str:
    """White space in its place, with all line breaks."""
    return re.sub(r"[^\n]", " ", match[0])


def _masked(match: re.Match[str]) -> str:
    """Letters in its place: no sentence ends within code."""
    return re.sub(r"[^\n]", "X", match[0])
