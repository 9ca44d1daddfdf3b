"""YAML edited in place by paths (ruamel.yaml): all else keeps its comments, order, quotes and indentation."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from ckslab.matching.value_path import Item, Part, parse_place

MAX_CHARACTERS = 1 << 20

_OFFSET_LIST = re.compile(r"^(?P<outer> *)(?:- )*[^\s#-][^\n#]*:\s*\n(?P<inner> *)- ", re.MULTILINE)
_NULL = re.compile(r":[ \t]+null[ \t]*$", re.MULTILINE)
_PLAIN = yaml.SafeLoader.yaml_implicit_resolvers


class EditError(ValueError):
    """A text is no YAML that can be edited in place; the text is the reason."""


class EditableYaml:
    """One YAML document that is edited in place through `root` (plain dicts and lists, by their looks)."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_CHARACTERS:
            raise EditError(f"longer than {MAX_CHARACTERS} characters")
        self._yaml = _yaml(text)
        try:
            self.root: Any = self._yaml.load(text)
        except (YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line = f"line {mark.line + 1}: " if mark is not None else ""
            reason = getattr(error, "problem", None) or type(error).__name__
            raise EditError(f"{line}{reason}") from None
        if self.root is None:
            self.root = CommentedMap()

    def text(self) -> str:
        """The document as it is now."""
        out = io.StringIO()
        self._yaml.dump(self.root, out)
        return out.getvalue()


def editable(value: Any) -> Any:
    """A plain value as it is to be written: strings that YAML 1.1 would read otherwise are quoted."""
    if isinstance(value, dict):
        made = CommentedMap()
        for key, item in value.items():
            made[editable(key)] = editable(item)
        return made
    if isinstance(value, list | tuple):
        return CommentedSeq([editable(item) for item in value])
    if isinstance(value, str):
        return _text(value)
    return value


def same(one: Any, other: Any) -> bool:
    """Equal in value and in kind: 1, 1.0, true and "1" are four values."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    for kind in (bool, str, int, float):
        if isinstance(one, kind) or isinstance(other, kind):
            return isinstance(one, kind) and isinstance(other, kind) and one == other
    return bool(one == other)


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
        found = [index for index, item in enumerate(parent if isinstance(parent, list) else ()) if part.means(item)]
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


def _text(value: str) -> str:
    plain = value.isprintable() and not _reads_otherwise(value)
    return value if plain else DoubleQuotedScalarString(value)


def _reads_otherwise(value: str) -> bool:
    """Whether YAML 1.1, which Kubernetes reads, takes the plain text for something else than a string."""
    return any(pattern.match(value) for _, pattern in (*_PLAIN.get(value[:1], ()), *_PLAIN.get(None, ())))


def _yaml(text: str) -> YAML:
    made = YAML(typ="rt", pure=True)
    made.preserve_quotes = True
    made.width = 1 << 16
    if text.lstrip().startswith("---"):
        made.explicit_start = True
    found = _OFFSET_LIST.search(text)
    if found is not None and len(found["inner"]) > len(found["outer"]):
        offset = len(found["inner"]) - len(found["outer"])
        made.indent(mapping=2, sequence=offset + 2, offset=offset)
    if _NULL.search(text):
        made.representer.add_representer(type(None), _null)
    return made


def _null(representer: Any, _: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")
