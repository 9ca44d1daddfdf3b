"""The one hierarchy of errors: what happened, where, and what to do next; and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable


class CkslabError(Exception):
    """Something a person can act on.

    `message` says what happened (with file and line where there is one), `advice` the next thing to
    do, `details` the last lines of a log. `exit_code` is what the command line ends with.
    """

    exit_code = 3

    def __init__(self, message: str, *, advice: str = "", details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.details = details


class UsageError(CkslabError):
    """The command was called wrongly, or names something that does not exist."""

    exit_code = 2


class ScenarioError(CkslabError):
    """A scenario or its answers are invalid; the message begins with `file:line:`."""

    exit_code = 2


class LabError(CkslabError):
    """The lab, its node or its backend failed."""


class TookTooLong(LabError, TimeoutError):
    """A command on a node did not end in its time."""


class MissingCapability(LabError):
    """This machine lacks something that a lab needs; `advice` names the ways out."""


_LISTED = 12
_NAMED = 5


def few(names: Iterable[str], joint: str = ", ") -> str:
    """The first five of them, and how many more there are: for lists whose length a stranger decides."""
    every = list(names)
    more = len(every) - _NAMED
    return joint.join(every[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def nearest(word: str, known: Iterable[str]) -> str:
    """A clause that ends a message: the nearest known name, else all names when they are few."""
    from difflib import get_close_matches

    names = sorted(set(known))
    close = get_close_matches(word[:80], names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(names)}" if 0 < len(names) <= _LISTED else ""
