"""YAML in and out with ruamel.yaml: what is not edited keeps its comments, order, quotes and indentation."""

from __future__ import annotations

import io
import re
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

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
