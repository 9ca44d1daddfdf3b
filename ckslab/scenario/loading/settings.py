"""Services and add-ons as written: settings below a name, validated by the model of what is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ckslab.errors import nearest
from ckslab.scenario.kinds import AddOnKind, ServiceKind
from ckslab.scenario.loading.source import Place, Problem, Source
from ckslab.scenario.loading.validation import validate
from ckslab.scenario.model import Service
from ckslab.strict import Strict


def read_services(source: Source, kinds: Mapping[str, ServiceKind], problems: list[Problem]) -> dict[str, Service]:
    """The services by name; what is no mapping is left to the document."""
    found: dict[str, Service] = {}
    for name, entry in _entries(source, ("services",)):
        at = ("services", name)
        if not isinstance(entry, dict):
            continue
        if len(entry) != 1:
            known = ", ".join(sorted(kinds))
            problems.append(source.problem(at, f"a service is of one kind, with its settings below: {known}"))
        for kind, given in entry.items():
            settings, wrong = _settings(source, (*at, kind), kind, given, kinds)
            problems += wrong
            if settings is not None:
                found[name] = Service(kind, settings)
    return found


def read_add_ons(source: Source, kinds: Mapping[str, AddOnKind], problems: list[Problem]) -> dict[str, Strict]:
    """The settings of the add-ons by name."""
    found: dict[str, Strict] = {}
    for name, given in _entries(source, ("setup", "add-ons")):
        settings, wrong = _settings(source, ("setup", "add-ons", name), name, given, kinds)
        problems += wrong
        if settings is not None:
            found[name] = settings
    return found


def _entries(source: Source, at: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    value: Any = source.value
    for key in at:
        value = value.get(key) if isinstance(value, dict) else None
    for name, entry in value.items() if isinstance(value, dict) else ():
        if isinstance(name, str):
            yield name, entry


def _settings(
    source: Source, at: Place, name: str, given: Any, kinds: Mapping[str, ServiceKind | AddOnKind]
) -> tuple[Strict | None, list[Problem]]:
    if name not in kinds:
        return None, [source.problem(at, f"unknown key {name!r}{nearest(name, kinds)}")]
    return validate(kinds[name].settings, {} if given is None else given, source, at)
