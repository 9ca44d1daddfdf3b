"""Paths into YAML and objects: `a.b[0].c`, `[*]` for every item, `["a.b/c"]` for a key with dots."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator

from ckslab.matching.matcher import MISSING

Step = str | int | None
"""A key, an index, or None for every item."""

_STEP = re.compile(
    r"""\[(?P<index>\d{1,9})\]|\[(?P<all>\*)\]|\[(?P<quote>["'])(?P<quoted>.*?)(?P=quote)\]|(?P<key>[^.\[\]]+)"""
)


def parse(path: str) -> tuple[Step, ...]:
    """The steps of a path; ValueError if it is none. The empty path is the whole document."""
    steps: list[Step] = []
    at = 0
    while at < len(path):
        if path[at] == "." and steps:
            at += 1
        match = _STEP.match(path, at)
        if match is None:
            raise ValueError(f'{path!r} is not a path like a.b[0].c, a[*].b or a["x.y/z"]')
        if match["index"] is not None:
            steps.append(int(match["index"]))
        elif match["all"]:
            steps.append(None)
        else:
            steps.append(match["quoted"] if match["quoted"] is not None else match["key"])
        at = match.end()
    return tuple(steps)


def _checked(path: str) -> str:
    parse(path)
    return path


ValuePath = Annotated[str, AfterValidator(_checked)]
"""A path as an author writes it."""


def select(value: Any, path: str) -> list[tuple[tuple[str | int, ...], Any]]:
    """Every value at `path` with its place; MISSING where a step leads nowhere. `[*]` of no list: none."""
    return list(_walk(value, parse(path), ()))


def _walk(
    value: Any, steps: tuple[Step, ...], at: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if not steps:
        yield at, value
        return
    step, rest = steps[0], steps[1:]
    if step is None:
        for index, item in enumerate(value if isinstance(value, list | tuple) else ()):
            yield from _walk(item, rest, (*at, index))
    elif isinstance(step, int):
        if isinstance(value, list | tuple) and step < len(value):
            yield from _walk(value[step], rest, (*at, step))
        else:
            yield (*at, step), MISSING
    elif isinstance(value, dict) and step in value:
        yield from _walk(value[step], rest, (*at, step))
    else:
        yield (*at, step), MISSING
