"""One check as written: its common keys, and its type's parameters validated by the type's own model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckslab.errors import nearest
from ckslab.evidence import CheckType, Params
from ckslab.scenario.document import CheckDocument
from ckslab.scenario.kinds import CheckTypes
from ckslab.scenario.loading.source import Place, Problem, Source
from ckslab.scenario.loading.validation import validate
from ckslab.scenario.model import Check

COMMON = frozenset(field.alias or name for name, field in CheckDocument.model_fields.items())


def read_check(source: Source, index: int, types: CheckTypes) -> tuple[Check | None, list[Problem]]:
    """The check at `checks[index]`, or None, and all that is wrong with it."""
    at = ("checks", index)
    entry = source.value["checks"][index]
    named = {key: value for key, value in entry.items() if key in COMMON}
    document, problems = validate(CheckDocument, named, source, at)
    name, wrong = _type_name(entry, source, at, types)
    params: Params | None = None
    if name is not None:
        given = {} if entry[name] is None else entry[name]
        params, more = validate(types[name].params, given, source, (*at, name))
        wrong = wrong + more
    if document is None or name is None or params is None or wrong:
        return None, problems + wrong
    check = Check(
        id=document.id,
        title=document.title,
        points=document.points,
        type=name,
        params=params,
        after=document.after,
        guard=document.guard,
        with_=document.with_,
        hints=document.hints,
        line=source.line(*at),
    )
    return check, problems


def _type_name(
    entry: dict[str, Any], source: Source, at: Place, types: CheckTypes
) -> tuple[str | None, list[Problem]]:
    others = [key for key in entry if key not in COMMON]
    known = [key for key in others if key in types]
    if not others:
        return None, [source.problem(at, f"has no type: add the key that says how to judge it{nearest('', types)}")]
    if len(others) == 1 and not known:
        hint = nearest(others[0], {*types, *COMMON})
        return None, [source.problem((*at, others[0]), f"no such check type {others[0]!r}{hint}")]
    below = {key: name for name in known for key in _parameters(types[name])}
    problems = [
        source.problem((*at, key), f"unknown key {key!r}{_hint(key, types, below)}")
        for key in others
        if key not in types
    ]
    if len(known) > 1:
        message = f"has {len(known)} types ({', '.join(known)}): make one check of each"
        problems.append(source.problem((*at, known[1]), message))
    return (known[0] if len(known) == 1 else None), problems


def _parameters(check_type: CheckType[Any]) -> set[str]:
    return {field.alias or name for name, field in check_type.params.model_fields.items()}


def _hint(key: str, types: CheckTypes, below: Mapping[str, str]) -> str:
    if key in below:
        return f"; it belongs into {below[key]!r}, one level deeper"
    return nearest(key, {*types, *COMMON})
