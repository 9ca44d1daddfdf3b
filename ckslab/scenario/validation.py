"""Validates values that came from a file, and says of every error where in the file it stands."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ckslab.scenario.known_keys import former_keys, known_keys
from ckslab.scenario.nearest import nearest
from ckslab.scenario.problem import Problem
from ckslab.scenario.source import Source

M = TypeVar("M", bound=BaseModel)
Place = tuple[str | int, ...]


def validate(kind: type[M], value: Any, source: Source, at: Place = ()) -> tuple[M | None, list[Problem]]:
    """The model made of `value`, which stands at `at` in the file; or None, and all that is wrong."""
    try:
        return kind.model_validate(value), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        return None, [_problem(kind, value, one, source, at) for one in details]


def _problem(kind: type[BaseModel], value: Any, error: ErrorDetails, source: Source, at: Place) -> Problem:
    place = path_in(value, error["loc"])
    if error["type"] == "extra_forbidden":
        key, above = str(error["loc"][-1]), error["loc"][:-1]
        if now := former_keys(kind, above).get(key):
            return source.problem((*at, *place), f"{key!r} is a word of an earlier version: write `{now}`")
        return source.problem((*at, *place), f"unknown key {key!r}{nearest(key, known_keys(kind, above))}")
    if error["type"] == "missing":
        return source.problem((*at, *place), f"{_label(at + place)}missing key {str(error['loc'][-1])!r}")
    return source.problem((*at, *place), _label(at + place) + _message(error))


def path_in(value: Any, place: tuple[str | int, ...]) -> Place:
    """The part of pydantic's location that leads through the value itself (tags of unions left out)."""
    path: list[str | int] = []
    for part in place:
        inside_mapping = isinstance(value, dict) and part in value
        if inside_mapping or (isinstance(value, list) and isinstance(part, int) and part < len(value)):
            value = value[part]
        elif isinstance(part, str) and (part.startswith("<") or isinstance(value, list)):
            continue  # a tag, or the name that a bare list gets
        else:
            break
        path.append(part)
    return tuple(path)


def _label(path: Place) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return f"{text.lstrip('.')}: " if text else ""


def _message(error: ErrorDetails) -> str:
    text = error["msg"].removeprefix("Value error, ")
    for old, new in _PLAIN_WORDS.items():
        text = text.replace(old, new)
    given = error.get("input")
    if error["type"] == "literal_error" and isinstance(given, str):
        allowed = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        return f"no such value {given!r}{nearest(given, allowed)}"
    if error["type"] == "string_pattern_mismatch" and isinstance(given, str):
        return f"{given[:60]!r} does not have the form {error['ctx']['pattern']}"
    return text[:1].lower() + text[1:]


_PLAIN_WORDS = {
    "Input should be a valid tuple": "should be a list",
    "Input should be a valid list": "should be a list",
    "Input should be a valid dictionary": "should be a mapping",
    "Input should be": "should be",
    "Tuple should have": "should have",
}
