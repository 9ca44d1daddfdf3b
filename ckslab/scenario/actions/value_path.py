"""Places in YAML that a step edits: `a.b[0].c`, `["x.y/z"]` for odd keys, `[name=web]` for a list's item."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator


@dataclass(frozen=True, slots=True)
class Item:
    """The one item of a list whose `key` is `value`."""

    key: str
    value: str


Part = str | int | Item

_PART = re.compile(
    r"""\[(?P<index>\d{1,6})\]
      | \[(?P<quote>["'])(?P<quoted>.*?)(?P=quote)\]
      | \[(?P<item>[^=\[\]"']+)=(?P<value>[^\[\]]*)\]
      | (?P<key>[^.\[\]]+)""",
    re.VERBOSE,
)


def parse_path(path: str) -> tuple[Part, ...]:
    """The parts of a path, at least one; ValueError when it is none."""
    parts: list[Part] = []
    at = 0
    while at < len(path):
        if path[at] == "." and parts:
            at += 1
        match = _PART.match(path, at)
        if match is None:
            raise _no_path(path)
        parts.append(_part(match))
        at = match.end()
    if not parts:
        raise _no_path(path)
    return tuple(parts)


def _part(match: re.Match[str]) -> Part:
    if match["index"] is not None:
        return int(match["index"])
    if match["item"] is not None:
        return Item(match["item"], match["value"])
    return match["quoted"] if match["quoted"] is not None else match["key"]


def _no_path(path: str) -> ValueError:
    return ValueError(f'{path!r} is not a path like a.b[0].c, a[name=web].b or a["x.y/z"]')


def _checked(path: str) -> str:
    parse_path(path)
    return path


ValuePath = Annotated[str, AfterValidator(_checked)]
"""A path as an author writes it."""
