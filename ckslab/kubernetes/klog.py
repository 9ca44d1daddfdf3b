"""Lines as klog writes them: what they say, when they were written, and which of them a component ended with."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable

_KLOG = re.compile(r"^(?P<level>[IWEF])\d{4} \d\d:\d\d:\d\d\.\d+\s+\d+ [^\s\]]+:\d+\] (?P<text>.*)$")
_HEAD = re.compile(r"[IWEF](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d+)")
_ERR = re.compile(r'err="(?P<err>(?:[^"\\]|\\.)*)"')
# cli.Run of component-base prints `Error:` for what goes wrong before logging is set up (flags), and
# `"command failed" err=` afterwards; klog.Fatalf (level F) is followed by the stacks of all goroutines.
_PLAIN = re.compile(
    r"^(Error: |panic: |unknown (shorthand )?flag|exec |"
    r"runc create failed|flag needs an argument|invalid argument)"
)


def fatal_message(lines: Iterable[str]) -> str:
    """The last fatal message without time, source line and quoting; "" if no line is fatal."""
    last = ""
    for line in lines:
        match = _KLOG.match(line.strip())
        if match and (match["level"] == "F" or '"command failed"' in match["text"]):
            last = message(line)
        elif not match and _PLAIN.match(line.strip()):
            last = line.strip()
    return last


def message(line: str) -> str:
    """What a klog line says: the value of err= if it has one, else the text after its header."""
    match = _KLOG.match(line.strip())
    text = match["text"] if match else line.strip()
    error = _ERR.search(text)
    return unquoted(error["err"]) if error else text


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
