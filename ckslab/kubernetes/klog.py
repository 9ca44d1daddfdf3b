"""Lines as klog writes them: what they say, when they were written, and which of them a component ended with."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator

_KLOG = re.compile(r"^(?P<level>[IWEF])\d{4} \d\d:\d\d:\d\d\.\d+\s+\d+ [^\s\]]+:\d+\] (?P<text>.*)$")
_HEAD = re.compile(r"[IWEF](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d+)")
_ERR = re.compile(r'err="(?P<err>(?:[^"\\]|\\.)*)"')
# cli.Run of component-base prints `Error:` for what goes wrong before logging is set up (flags), and
# `"command failed" err=` afterwards; klog.Fatalf (level F) is followed by the stacks of all goroutines.
_PLAIN = re.compile(
    r"^(Error: |panic: |unknown (shorthand )?flag|exec |"
    r"runc create failed|flag needs an argument|invalid argument)"
)
# A value of several lines: `key=<`, each of its lines after a tab, ` >`, and what follows in the entry
# (writeStringValue, k8s.io/klog v2.130.1, internal/serialize/keyvalues.go).
_OPEN = "=<"
_INDENT = "\t"
_CLOSE = " >"
MAX_VALUE_LINES = 200
"""Lines of one value that are read: a damaged log may never close one."""


def entries(lines: Iterable[str]) -> Iterator[str]:
    """A log's entries, each in one line: a value of several lines is written as klog writes one of a single line.

    What is left of an entry whose beginning is not among the lines is left out.
    """
    entry: str | None = None
    value: list[str] | None = None
    for line in lines:
        if value is not None and entry is not None:
            if line.startswith(_INDENT) and len(value) < MAX_VALUE_LINES:
                value.append(line.removeprefix(_INDENT))
                continue
            closed = line.startswith(_CLOSE)
            entry = (
                entry.removesuffix("<") + quoted("\n".join(value)) + (line.removeprefix(_CLOSE) if closed else "")
            )
            value = [] if closed and entry.endswith(_OPEN) else None
            if closed:
                continue
        if entry is not None:
            yield entry
            entry = None
        if line.startswith((_INDENT, _CLOSE)):
            continue
        entry, value = line, [] if line.endswith(_OPEN) else None
    if entry is not None:
        yield entry if value is None else entry.removesuffix("<") + quoted("\n".join(value))


def fatal_message(lines: Iterable[str]) -> str:
    """The last fatal message without time, source line and quoting; "" if no entry is fatal."""
    last = ""
    for entry in entries(lines):
        match = _KLOG.match(entry.strip())
        if match and (match["level"] == "F" or '"command failed"' in match["text"]):
            last = message(entry)
        elif not match and _PLAIN.match(entry.strip()):
            last = entry.strip()
    return last


def message(entry: str) -> str:
    """What an entry says: the value of err= if it has one, else the text after its header."""
    match = _KLOG.match(entry.strip())
    text = match["text"] if match else entry.strip()
    error = _ERR.search(text)
    return unquoted(error["err"]) if error else text


def quoted(text: str) -> str:
    r"""As Go's %q writes it, as far as logs need it."""
    for plain, mark in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(plain, mark)
    return f'"{text}"'


def unquoted(text: str) -> str:
    r"""Go's %q undone, as far as logs need it: \", \\, \n and \t."""
    marks = {"n": "\n", "t": "\t"}
    return re.sub(r"\\(.)", lambda match: marks.get(match[1], match[1]), text)


def written_at(line: str, now: float) -> float | None:
    """When a line was written, in seconds since 1970; None if it does not say.

    It has no year: the latest that is not in the future (`now`, by the same clock) is meant.
    """
    head = _HEAD.search(line[:60])
    if head is None:
        return None
    month, day, hour, minute, second, fraction = (int(text) for text in head.groups())
    year = datetime.datetime.fromtimestamp(now, datetime.UTC).year
    for guess in (year, year - 1):
        try:
            moment = datetime.datetime(guess, month, day, hour, minute, second, tzinfo=datetime.UTC)
        except ValueError:
            continue
        stamp = moment.timestamp() + fraction / 1e6
        if stamp <= now + 60:
            return stamp
    return None
