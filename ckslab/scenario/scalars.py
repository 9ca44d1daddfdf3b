"""The scalars of a YAML text with the keys that lead to them, read event by event, bounded in depth.

Composing nodes with libyaml would be shorter, but it recurses in C: 100,000 nested lists end the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_DEPTH = 40


class TooDeep(yaml.YAMLError):
    """Nested deeper than any scenario is."""


@dataclass(slots=True)
class _Open:
    """A collection that is being read."""

    mapping: bool
    expects_key: bool
    key: str | None = None


def scalars(text: str) -> Iterator[tuple[tuple[str | None, ...], str]]:
    """(keys, text of the scalar) of the first document; the key of a list's items is None.

    Aliases are not followed. Raises yaml.YAMLError.
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
                    raise TooDeep(f"nested deeper than {_MAX_DEPTH} levels")
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                stack.append(_Open(is_mapping, expects_key=is_mapping))
