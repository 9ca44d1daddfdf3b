"""Examples under each command's help."""

from __future__ import annotations


def examples(*commands: str) -> str:
    """An epilog that keeps its lines, by the mark that click has for that."""
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)
