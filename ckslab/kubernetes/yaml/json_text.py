"""Reads JSON as Go's encoding/json does; what begins with a brace, Kubernetes takes for JSON."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from typing import Any

from ckslab.kubernetes.yaml.text import Document, YamlProblem, read_yaml

_LONGEST_INTEGER = 30


def looks_like_json(text: str) -> bool:
    """Whether the first character that is no space is an opening brace (apimachinery's IsJSONBuffer)."""
    return text.lstrip().startswith("{")


def not_valid(text: str, problem: YamlProblem) -> str:
    """That a text is not YAML, or not JSON where it is read as that, in words for its author."""
    if not looks_like_json(text):
        return f"not valid YAML: {problem.reason}"
    return f"not valid JSON, which it is read as because it begins with a brace: {problem.reason}"


def read_json(text: str, *, whole: bool = True) -> Document:
    """The JSON value at the start of `text`; YamlProblem with a line if it is none.

    whole: nothing may follow it. Of equal keys the last one counts (the caller asks `duplicate_key`).
    The lines come from reading the same text as YAML, which fails only where JSON is odder than that.
    """
    body = text.lstrip()
    skipped = len(text) - len(body)
    decoder = json.JSONDecoder(parse_constant=_no_constant, parse_int=_integer)
    try:
        value, end = decoder.raw_decode(body)
        if whole and body[end:].strip():
            raise YamlProblem("invalid character after top-level value", text.count("\n", 0, skipped + end) + 1)
    except json.JSONDecodeError as error:
        raise YamlProblem(_go_words(body, error), text.count("\n", 0, skipped + error.pos) + 1) from None
    except (RecursionError, ValueError) as error:
        if isinstance(error, YamlProblem):
            raise
        raise YamlProblem(f"not JSON: {error}") from None
    try:
        lines = read_yaml(text[: skipped + end], unique_keys=False)
    except YamlProblem as problem:
        if problem.line is None or "nested deeper" in problem.reason or "more than" in problem.reason:
            raise
        return Document(_without_surrogates(value))
    return dataclasses.replace(lines, value=_without_surrogates(value), more=False)


def duplicate_key(text: str) -> str | None:
    """A key that comes twice in one object of this JSON text (already known to be JSON), or None."""
    twice: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counted = Counter(name for name, _ in pairs)
            twice.append(next(name for name, count in counted.items() if count > 1))
        return found

    json.JSONDecoder(object_pairs_hook=note, parse_int=_integer).decode(text.strip())
    return twice[-1] if twice else None


def _go_words(body: str, error: json.JSONDecodeError) -> str:
    """What is wrong, as encoding/json begins to say it; comments, which it does not have, are named."""
    at = len(body) - len(body[error.pos :].lstrip())
    if at >= len(body):
        return "unexpected end of JSON input"
    comment = " (JSON has no comments)" if body[at] == "#" or body[at : at + 2] in ("//", "/*") else ""
    return f"invalid character '{body[at]}': {error.msg}{comment}"


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _integer(text: str) -> int | float:
    """Python refuses very long integers; Go refuses them where an int64 is wanted."""
    return int(text) if len(text) <= _LONGEST_INTEGER else float("1e30")


def _without_surrogates(value: Any) -> Any:
    """encoding/json replaces halves of surrogate pairs; Python keeps them and then cannot encode them."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.loads(text.encode("utf-8", "replace"))
    return value
