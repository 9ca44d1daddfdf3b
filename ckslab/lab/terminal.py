"""What of a terminal goes with it into a node."""

from __future__ import annotations

from collections.abc import Mapping

_VARIABLES = ("TERM", "COLORTERM", "NO_COLOR")


def of_terminal(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that say what it can show, of those of a process on it."""
    return {name: environment[name] for name in _VARIABLES if name in environment}
