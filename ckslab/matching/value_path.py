"""Paths into YAML and API objects, for what checks look at and what steps edit.

`a.b[0].c`; `["x.y/z"]` for a key with dots, `[name=web]` for the items of a list that have this value,
`[*]` for every item.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator

from ckslab.matching.matcher import MISSING


@dataclass(frozen=True, slots=True)
class Item:
    """The items of a list whose `key` is `value`, compared as text."""

    key: str
    value: str

    def means(self, item: Any) -> bool:
        """Whether this is such an item."""
        return isinstance(item, dict) and str(item.get(self.key)) == self.value


Part = str | int | Item
"""One step to one place: a key, an index, or an item by a value in it."""
Step = Part | None
"""The same, or None for every item."""
Place = tuple[str | int, ...]
"""Keys and indices of a value that was found."""

_STEP = re.compile(
    r"""\[(?P<index>\d{1,9})\]
      | \[(?P<all>\*)\]
      | \[(?P<quote>["'])(?P<quoted>.*?)(?P=quote)\]
      | \[(?P<item>[^=\[\]"']+)=(?P<value>[^\[\]]*)\]
      | (?P<key>[^.\[\]]+)""",
    re.VERBOSE,
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
            raise _no_path(path)
        steps.append(_step(match))
        at = match.end()
    return tuple(steps)


def parse_place(path: str) -> tuple[Part, ...]:
    """The steps of a path to one place below the document's root; ValueError if it is none."""
    parts = tuple(step for step in parse(path) if step is not None)
    if not parts:
        raise _no_path(path)
    if len(parts) < len(parse(path)):
        raise ValueError(f"{path!r} means every item: name one, as in a[0].b or a[name=web].b")
    return parts


def _step(match: re.Match[str]) -> Step:
    if match["index"] is not None:
        return int(match["index"])
    if match["all"]:
        return None
    if match["item"] is not None:
        return Item(match["item"], match["value"])
    return match["quoted"] if match["quoted"] is not None else match["key"]


def _no_path(path: str) -> ValueError:
    return ValueError(f'{path!r} is not a path like a.b[0].c, a[*].b, a[name=web].b or a["x.y/z"]')


def _checked(path: str) -> str:
    parse(path)
    return path


def _checked_place(path: str) -> str:
    parse_place(path)
    return path


ValuePath = Annotated[str, AfterValidator(_checked)]
"""A path to values, as an author writes it."""
ValuePlace = Annotated[str, AfterValidator(_checked_place)]
"""A path to one place, as an author writes it: no `[*]`, and not the whole document."""


def select(value: Any, path: str) -> list[tuple[Place, Any]]:
    """Every value at `path` with its place; MISSING where a step leads nowhere. `[*]` of no list: none."""
    return list(_walk(value, parse(path), ()))


def without(value: Any, paths: Iterable[str]) -> Any:
    """A copy without the values at these paths, whose last step is a key, nor what held nothing but these."""
    copy = deepcopy(value)
    for path in paths:
        _take(copy, parse(path))
    return copy


def _take(value: Any, steps: tuple[Step, ...]) -> None:
    step, below = steps[0], steps[1:]
    if not below:
        if isinstance(value, dict):
            value.pop(step, None)
        return
    for _, found in list(_walk(value, (step,), ())):
        had = bool(found) and isinstance(found, dict)
        _take(found, below)
        if had and not found and isinstance(value, dict):
            del value[step]


def _walk(value: Any, steps: tuple[Step, ...], at: Place) -> Iterator[tuple[Place, Any]]:
    if not steps:
        yield at, value
        return
    step, rest = steps[0], steps[1:]
    items = value if isinstance(value, list | tuple) else ()
    if step is None or isinstance(step, Item):
        chosen = [index for index, item in enumerate(items) if step is None or step.means(item)]
        for index in chosen:
            yield from _walk(items[index], rest, (*at, index))
        if step is not None and not chosen:
            yield (*at, f"{step.key}={step.value}"), MISSING
    elif isinstance(step, int):
        if step < len(items):
            yield from _walk(items[step], rest, (*at, step))
        else:
            yield (*at, step), MISSING
    elif isinstance(value, dict) and step in value:
        yield from _walk(value[step], rest, (*at, step))
    else:
        yield (*at, step), MISSING
