"""The mappings in a check's parameters, at any depth: so that a rule holds for checks made of checks, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """Each mapping in a plain value, the outer ones first."""
    if isinstance(value, Mapping):
        yield value
        for item in value.values():
            yield from mappings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from mappings(item)
