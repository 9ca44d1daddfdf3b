"""The lines of a text as shells, editors and kubectl have them: `str.splitlines` knows eight more ends of one."""

from __future__ import annotations


def lines_of(text: str) -> list[str]:
    """What stands between newlines, without a carriage return before one; the last one may lack its newline."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]
