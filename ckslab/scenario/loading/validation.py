"""Validates values that came from a file, and says of every error where in the file it stands."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ckslab.errors import nearest
from ckslab.scenario.loading.source import Place, Problem, Source
from ckslab.strict import plain_words

M = TypeVar("M", bound=BaseModel)


def validate(kind: type[M], value: Any, source: Source, at: Place = ()) -> tuple[M | None, list[Problem]]:
    """The model made of `value`, which stands at `at` in the file; or None, and all that is wrong."""
    try:
        return kind.model_validate(value), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        return None, [_problem(kind, value, one, source, at) for one in details]


def _problem(kind: type[BaseModel], value: Any, error: ErrorDetails, source: Source, at: Place) -> Problem:
    place = _path_in(value, error["loc"])
    if error["type"] == "extra_forbidden":
        key = str(error["loc"][-1])
        hint = nearest(key, _known_keys(kind, error["loc"][:-1]))
        return source.problem((*at, *place), f"unknown key {key!r}{hint}")
    if error["type"] == "former_key":
        return source.problem((*at, *place, error["ctx"]["key"]), error["msg"])
    if error["type"] == "missing":
        return source.problem((*at, *place), f"{_label(at + place)}missing key {str(error['loc'][-1])!r}")
    return source.problem((*at, *place), _label(at + place) + _message(error))


def _path_in(value: Any, place: tuple[str | int, ...]) -> Place:
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
    given = error.get("input")
    if error["type"] == "literal_error" and isinstance(given, str):
        allowed = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        return f"no such value {given!r}{nearest(given, allowed)}"
    if error["type"] == "string_pattern_mismatch" and isinstance(given, str):
        return f"{given[:60]!r} does not have the form {error['ctx']['pattern']}"
    return plain_words(error)


def _known_keys(kind: Any, place: Sequence[str | int]) -> set[str]:
    """The keys of the models that may stand at `place` (pydantic's location of an error) below `kind`."""
    kinds = list(_members(kind))
    for part in place:
        kinds = [deeper for one in kinds for deeper in _step(one, part)]
    return {key for one in kinds if _is_model(one) for key in _fields(one)}


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _members(kind: Any) -> Iterator[Any]:
    """The alternatives of a type, with Annotated and Optional taken off."""
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _members(get_args(kind)[0])
    elif origin in (Union, types.UnionType):
        for one in get_args(kind):
            yield from _members(one)
    else:
        yield kind


def _step(kind: Any, part: str | int) -> Iterator[Any]:
    if isinstance(part, str) and part.startswith("<"):  # the tag of a union: no step in the value
        yield kind
    elif _is_model(kind):
        if part in (fields := _fields(kind)):
            yield from _members(fields[part])
    elif (origin := get_origin(kind)) in (tuple, list):
        yield from _members(get_args(kind)[0])
    elif origin is dict:
        yield from _members(get_args(kind)[1])
