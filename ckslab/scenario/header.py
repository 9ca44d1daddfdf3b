"""The few facts of a scenario that a list shows, read quickly and without judging the rest.

Nothing slow is imported here: `ckslab list` reads every scenario.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ckslab.scenario.loading.pack import Pack, PackError
from ckslab.scenario.loading.source import Problem, problems_error

_POINTS = ("checks", None, "points")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Header:
    """What a list shows. Texts are empty, minutes and points 0, where the file does not say them."""

    id: str
    title: str
    topic: str
    difficulty: str
    minutes: int
    points: int
    bullet: str = field(default="", kw_only=True)


def header(folder: Path) -> Header:
    """The header of the scenario in `folder`; ScenarioError when scenario.yaml cannot be read as YAML."""
    top: dict[str, str] = {}
    points = 0
    try:
        for keys, value in _scalars(Pack(folder).author_text("scenario.yaml")):
            if len(keys) == 1 and keys[0] is not None:
                top[keys[0]] = value
            elif keys == _POINTS:
                points += _number(value)
    except PackError as problem:
        raise _error(folder, 1, str(problem)) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error)
        raise _error(folder, mark.line + 1 if mark else 1, reason) from None
    return Header(
        id=top.get("id", folder.name),
        title=top.get("title", ""),
        topic=top.get("topic", ""),
        difficulty=top.get("difficulty", ""),
        minutes=_number(top.get("minutes", "")),
        points=points,
        bullet=top.get("bullet", ""),
    )


def _error(folder: Path, line: int, message: str) -> Exception:
    return problems_error([Problem(str(folder / "scenario.yaml"), line, message)])


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


class _TooDeep(yaml.YAMLError):
    """Nested deeper than any scenario is."""


@dataclass(slots=True)
class _Open:
    """A collection that is being read."""

    mapping: bool
    expects_key: bool
    key: str | None = None


def _scalars(text: str) -> Iterator[tuple[tuple[str | None, ...], str]]:
    """(keys, text of the scalar) of the first document, event by event; the key of a list's items is None.

    Aliases are not followed. Raises yaml.YAMLError. Composing nodes with libyaml would be shorter, but it
    recurses in C: 100,000 nested lists end the process.
    """
    stack: list[_Open] = []
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.DocumentEndEvent):
            return
        if isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
        elif isinstance(event, yaml.NodeEvent):
            value = event.value if isinstance(event, yaml.ScalarEvent) else None
            if stack and stack[-1].expects_key:
                stack[-1].key, stack[-1].expects_key = value, False
            elif stack:
                if value is not None:
                    yield tuple(one.key for one in stack), value
                stack[-1].expects_key = stack[-1].mapping
            if isinstance(event, yaml.CollectionStartEvent):
                if len(stack) >= _MAX_DEPTH:
                    raise _TooDeep(f"nested deeper than {_MAX_DEPTH} levels")
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                stack.append(_Open(is_mapping, expects_key=is_mapping))
