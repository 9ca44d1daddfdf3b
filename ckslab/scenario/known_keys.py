"""Which keys a model takes at a place inside it, so that a wrong one can be answered with the right one."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel


def known_keys(kind: Any, place: Sequence[str | int]) -> set[str]:
    """The keys of the models that may stand at `place` (pydantic's location of an error) below `kind`."""
    return {key for one in _models_at(kind, place) for key in _fields(one)}


def former_keys(kind: Any, place: Sequence[str | int]) -> dict[str, str]:
    """Keys that the models at `place` had in earlier versions, each with what to write now."""
    return {
        old: new for one in _models_at(kind, place) for old, new in getattr(one, "former_keys", {}).items()
    }


def _models_at(kind: Any, place: Sequence[str | int]) -> list[type[BaseModel]]:
    kinds = list(_members(kind))
    for part in place:
        kinds = [deeper for one in kinds for deeper in _step(one, part)]
    return [one for one in kinds if _is_model(one)]


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
