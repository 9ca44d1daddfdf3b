"""Words in `${...}` that a lab fills in: its nonce, and the log line of a fault."""

from __future__ import annotations

import re
from typing import Any

NONCE = "${nonce}"
FAULT_LOG = "${fault-log}"

FORMER = {"${cause}": FAULT_LOG}
"""Words of earlier versions, each with the word of today."""

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


def contains(value: Any, word: str) -> bool:
    """Whether `word` stands in any string or key of the plain value."""
    if isinstance(value, str):
        return word in value
    if isinstance(value, dict):
        return any(contains(key, word) or contains(item, word) for key, item in value.items())
    return isinstance(value, list | tuple) and any(contains(item, word) for item in value)
