"""`changed-lines`: in a file of the set-up only the lines that the task is about were changed, in their places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile

from pydantic import Field

from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed, undecided
from ckslab.kubernetes.node_file import kind_text
from ckslab.matching.pattern import Pattern, found
from ckslab.needs.files import FileNeed, InitialNeed
from ckslab.strict import NodePath

_SHOWN = 80
_OTHER_BREAKS = re.compile("[\r\x85\u2028\u2029]")
"""What Kubernetes takes for the end of a line of YAML as well (go.yaml.in/yaml/v2, yamlprivateh.go, is_break)."""


class ChangedLinesParams(Params):
    """path: a file of the set-up. allowed: patterns of lines, as they were at the start, that may be others now;
    refused: patterns of lines that these must not be then.
    """

    path: NodePath
    allowed: tuple[Pattern, ...] = Field(min_length=1)
    refused: tuple[Pattern, ...] = ()


class ChangedLines(CheckType[ChangedLinesParams]):
    """As many lines as at the start, and byte for byte the same ones but for those that the task is about.

    Lines end at newlines. Kubernetes ends them at other characters as well, behind which a line could hold a second
    setting: so in a line that changed there is none of them, but for the carriage return of a Windows line end.
    """

    name = "changed-lines"
    params = ChangedLinesParams

    def needs(self, params: ChangedLinesParams) -> Iterable[Need]:
        """The file, now and then."""
        return [FileNeed(params.path), InitialNeed(params.path)]

    def judge(self, params: ChangedLinesParams, evidence: Evidence) -> Finding:
        """The first line that is another one."""
        now, then = (evidence.of(need) for need in (FileNeed(params.path), InitialNeed(params.path)))
        if now.kind != "file" or now.text is None:
            return failed(
                "the file as it was, but for the lines that the task names", kind_text(now), Where(params.path)
            )
        if now.sha256 == then.sha256:
            return passed()
        if then.text is None:
            return undecided(f"which lines {params.path} had at the start is not known")
        return _compared(params, _lines(now.text), _lines(then.text))


def _lines(text: str) -> list[str]:
    """A newline at the end is no line of its own: editors put it there, and it is no change where they do."""
    return text.removesuffix("\n").split("\n")


def _compared(params: ChangedLinesParams, now: list[str], then: list[str]) -> Finding:
    free = [any(found(pattern, line) for pattern in params.allowed) for line in then]
    other = [number for number, line in enumerate(then[: len(now)]) if line != now[number] and not free[number]]
    if len(now) != len(then):
        return _other_number(params.path, now, then, other)
    for number, line in enumerate(now):
        if line != then[number] and (odd := _OTHER_BREAKS.search(line.removesuffix("\r"))):
            seen = f"behind {_quoted(line[: odd.start()])} the character U+{ord(odd[0]):04X} begins another one"
            return failed(f"line {number + 1} is one line", seen, Where(params.path, number + 1))
        if line != then[number] and any(found(pattern, line) for pattern in params.refused):
            seen = f"{_quoted(line)}, where it was {_quoted(then[number])}"
            return failed(
                f"line {number + 1} with one setting, as at the start", seen, Where(params.path, number + 1)
            )
    if not other:
        return passed()
    first = other[0]
    seen = f"{_quoted(now[first])}, where it was {_quoted(then[first])}"
    if now[first] == then[first] + "\r":
        seen = "the line ends with a carriage return now, as on Windows"
    more = f"; and {len(other) - 1} more" if len(other) > 1 else ""
    expected = f"line {first + 1} as it was at the start"
    return failed(expected, seen + more, Where(params.path, first + 1))


def _other_number(path: str, now: list[str], then: list[str], other: list[int]) -> Finding:
    """A line was added or removed: where the lines in front of it end, and those behind it begin."""
    pairs = zip(reversed(now), reversed(then), strict=False)
    behind = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    longer, shorter = max(len(now), len(then)), min(len(now), len(then))
    at = min(other[0] if other else shorter, longer - behind - 1)
    if at >= shorter:
        seen = f"line {at + 1} is new" if len(now) > len(then) else f"line {at + 1} is gone: {_quoted(then[at])}"
    else:
        seen = f"line {at + 1} is {_quoted(now[at])}, where it was {_quoted(then[at])}"
    return failed(f"{_number(then)}, as at the start", f"{_number(now)}; {seen}", Where(path, at + 1))


def _number(lines: list[str]) -> str:
    return f"{len(lines)} line" + ("" if len(lines) == 1 else "s")


def _quoted(line: str) -> str:
    """Whole, so that blanks at its ends are seen."""
    return f"'{line}'" if len(line) <= _SHOWN else f"'{line[:_SHOWN]}...'"
