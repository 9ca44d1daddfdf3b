"""What the kubelet makes of `$(VAR)` in a container's command, args and environment.

Read from k8s.io/kubernetes v1.35.4: third_party/forked/golang/expansion, ExpandContainerCommandAndArgs of
pkg/kubelet/container/helpers.go, and makeEnvironmentVariables of pkg/kubelet/kubelet_pods.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

Parts = tuple[str, ...]
"""A text as the kubelet makes it: one part, or what stands around each value that only the kubelet knows."""

UNKNOWN: Parts = ("", "")

# The kubelet adds variables for the services that it knows of at the moment: there is no telling from files.
_OF_A_SERVICE = re.compile(r"[A-Z][A-Z0-9_]*_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?)")

# `$$`, `$(NAME)`, `$(` without its end, `$` before anything else, or at the end.
_REFERENCE = re.compile(r"\$(?:\$|\((?P<name>[^)]*)\)|\(|(?!\$))", re.DOTALL)


class Variable(NamedTuple):
    """One entry of `env`. value is "" where it has none; sourced: it has a valueFrom."""

    name: str
    value: str = ""
    sourced: bool = False


def environment(variables: Iterable[Variable]) -> dict[str, Parts]:
    """The values by name: each may refer to earlier ones, and of equal names the last one counts."""
    values: dict[str, Parts] = {}
    for variable in variables:
        known = expand(variable.value, values) if variable.value else ("",)
        values[variable.name] = UNKNOWN if variable.sourced and not variable.value else known
    return values


def expand(text: str, values: Mapping[str, Parts]) -> Parts:
    """`text` with its references replaced; `$$` is a dollar, and a name that nobody knows stays as it is."""
    if "$" not in text:
        return (text,)
    parts = [""]
    end = 0
    for match in _REFERENCE.finditer(text):
        parts[-1] += text[end : match.start()]
        end = match.end()
        name = match["name"]
        found = (_plain(match[0]),) if name is None else _value(name, values)
        parts[-1] += found[0]
        parts += found[1:]
    parts[-1] += text[end:]
    return tuple(parts)


def references(text: str) -> list[str]:
    """The names that a text refers to, sorted."""
    return sorted({match["name"] for match in _REFERENCE.finditer(text) if match["name"] is not None})


def _plain(operator: str) -> str:
    return "$" if operator == "$$" else operator


def _value(name: str, values: Mapping[str, Parts]) -> Parts:
    if name in values:
        return values[name]
    return UNKNOWN if _OF_A_SERVICE.fullmatch(name) else (f"$({name})",)
