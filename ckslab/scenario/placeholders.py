"""Words in `${...}` that a lab fills in: its nonce, what its seed draws, and the log line of a fault."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

NONCE = "${nonce}"
FAULT_LOG = "${fault-log}"

FORMER = {"${cause}": FAULT_LOG}
"""Words of earlier versions, each with the word of today."""

_PLACEHOLDER = re.compile(r"\$\{[a-z0-9-]+\}")
_TOKEN = re.compile(r"[a-z0-9]{4,32}")


def is_nonce(nonce: str) -> bool:
    """Whether a nonce has the form of one: a token such as `k7f3q9` that needs no quoting anywhere."""
    return _TOKEN.fullmatch(nonce) is not None


def substitute(value: Any, word: str, text: str) -> Any:
    """The plain value with `word` replaced in all strings and keys; nothing else is touched.

    It works on values, not on the YAML text, so that a nonce of digits stays a string.
    """
    if isinstance(value, str):
        return value.replace(word, text)
    if isinstance(value, dict):
        return {substitute(key, word, text): substitute(item, word, text) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [substitute(item, word, text) for item in value]
    return value


def placeholder(name: str) -> str:
    """How a name stands in an author's files."""
    return f"${{{name}}}"


def with_any_words(text: str) -> str:
    """The text with an `x` in each placeholder's place: for rules on its form, which hold whatever is drawn."""
    return _PLACEHOLDER.sub("x", text)


def filled(value: Any, words: Mapping[str, str]) -> Any:
    """The plain value with all placeholders in `words` replaced; no word holds a placeholder itself."""
    for word, text in words.items():
        value = substitute(value, word, text)
    return value


def contains(value: Any, word: str) -> bool:
    """Whether `word` stands in any string or key of the plain value."""
    if isinstance(value, str):
        return word in value
    if isinstance(value, dict):
        return any(contains(key, word) or contains(item, word) for key, item in value.items())
    return isinstance(value, list | tuple) and any(contains(item, word) for item in value)


def unknown_placeholders(value: Any, known: Collection[str]) -> list[str]:
    """What has the form of a placeholder in any string or key of the plain value, and is not `known`."""
    if isinstance(value, str):
        return [word for word in _PLACEHOLDER.findall(value) if word not in known]
    if isinstance(value, dict):
        return [word for pair in value.items() for one in pair for word in unknown_placeholders(one, known)]
    if isinstance(value, list | tuple):
        return [word for one in value for word in unknown_placeholders(one, known)]
    return []
