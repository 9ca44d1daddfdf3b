"""A question on the terminal."""

from __future__ import annotations


def ask(question: str) -> str:
    """What is typed, without spaces around it. Ctrl-C, and the end of input, interrupt the command."""
    try:
        return input(question).strip()
    except EOFError:
        raise KeyboardInterrupt from None
