"""Sets, removes and appends values in YAML by their paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from ckslab.matching.value_path import Item, Part, parse_place
from ckslab.steps.round_trip import editable, same


class ValueEditError(ValueError):
    """The document has no such place, or the edit changes nothing; the text is the reason."""


def set_value(root: Any, path: str, value: Any) -> None:
    """Set a value; mappings that are missing on the way are made."""
    parts = parse_place(path)
    parent = _walk(root, parts, path, make=CommentedMap)
    last = _place(parent, parts[-1], path)
    old = parent[last] if _has(parent, last) else None
    if _has(parent, last) and same(old, value):
        raise ValueEditError(f"{path} already has this value")
    if isinstance(parent, list) and not _has(parent, last):
        raise ValueEditError(f"{path}: the list has {len(parent)} items; use `append`")
    parent[last] = editable(value)


def remove_value(root: Any, path: str) -> None:
    """Remove a key or an item that is there."""
    parts = parse_place(path)
    parent = _walk(root, parts, path)
    last = _place(parent, parts[-1], path)
    if not _has(parent, last):
        raise ValueEditError(f"{path}: there is nothing to remove")
    del parent[last]


def append_value(root: Any, path: str, value: Any) -> None:
    """Append an item to the list at `path`, which is made when it is missing."""
    parts = parse_place(path)
    parent = _walk(root, parts, path, make=CommentedMap)
    last = _place(parent, parts[-1], path)
    if not _has(parent, last) and not isinstance(parent, list):
        parent[last] = CommentedSeq()
    items = parent[last] if _has(parent, last) else None
    if not isinstance(items, list):
        raise ValueEditError(f"{path} is not a list")
    items.append(editable(value))


def _walk(root: Any, parts: Sequence[Part], path: str, make: type[Any] | None = None) -> Any:
    """The collection that holds the last part."""
    here = root
    for part in parts[:-1]:
        place = _place(here, part, path)
        if not _has(here, place) or here[place] is None:
            if make is None or not isinstance(here, dict):
                raise ValueEditError(f"{path}: there is no {part!r}")
            here[place] = make()
        here = here[place]
    if not isinstance(here, dict | list):
        raise ValueEditError(f"{path}: its parent is neither a mapping nor a list")
    return here


def _place(parent: Any, part: Part, path: str) -> str | int:
    """The key or index that a part means in `parent`."""
    if isinstance(part, Item):
        found = [
            index
            for index, item in enumerate(parent if isinstance(parent, list) else ())
            if part.means(item)
        ]
        if len(found) != 1:
            raise ValueEditError(f"{path}: {len(found)} items have {part.key}={part.value}, not one")
        return found[0]
    if isinstance(part, int) != isinstance(parent, list):
        found_kind = (
            "a list" if isinstance(parent, list) else "a mapping" if isinstance(parent, dict) else "a scalar"
        )
        raise ValueEditError(f"{path}: {part!r} does not lead into {found_kind}")
    return part


def _has(parent: Any, place: str | int) -> bool:
    if isinstance(parent, list):
        return isinstance(place, int) and place < len(parent)
    return isinstance(parent, dict) and place in parent
