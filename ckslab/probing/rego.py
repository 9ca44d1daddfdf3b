"""What to say of a template's Rego that cannot be parsed: Rego v1, the syntax of OPA 1.0, where v0 is expected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ckslab.matching.value_path import select

V1_AS_V0 = (
    "This is Rego v1, and `rego:` is read as v0 (an import does not change that): write "
    "code: [{engine: Rego, source: {version: v1, rego: ...}}] in its place."
)
NO_VIOLATION = "A template's Rego has a rule that is called violation."

_V1_HEAD = re.compile(
    r"^[^#\n\"]*\bcontains\s+[^(\s]|^[^#\n]*[\w\])}]\s+if(?:\s*\{|\s+\S)|^\s*import\s+rego\.v1\b", re.MULTILINE
)
"""A rule's head with `contains` or `if` (openpolicyagent.org/docs/v0-upgrade), or the import that asks for them."""


def rego_advice(error: str, template: Mapping[str, Any]) -> str:
    """What to do about Gatekeeper's (or gator's) error on a template, "" where nothing more is known.

    Gatekeeper 3.23.1 parses `rego:`, and `code` without `version: v1`, as v0; `import rego.v1` is a "bad import".
    """
    if ("rego_parse_error" in error or "bad import" in error) and any(map(_V1_HEAD.search, _v0_sources(template))):
        return V1_AS_V0
    return NO_VIOLATION if "missing required rules: [violation]" in error else ""


def _v0_sources(template: Mapping[str, Any]) -> Iterator[str]:
    """The Rego of a template that is parsed as v0."""
    for _, target in select(dict(template), "spec.targets[*]"):
        if not isinstance(target, Mapping):
            continue
        yield from (text for text in (target.get("rego"), *(target.get("libs") or ())) if isinstance(text, str))
        for _, source in select(dict(target), "code[*].source"):
            if (
                isinstance(source, Mapping)
                and source.get("version") != "v1"
                and isinstance(source.get("rego"), str)
            ):
                yield source["rego"]
