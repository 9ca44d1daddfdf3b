"""The one hierarchy of errors: what happened, where, and what to do next."""

from __future__ import annotations


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


class MissingCapability(LabError):
    """This machine lacks something that a lab needs; `advice` names the ways out."""
