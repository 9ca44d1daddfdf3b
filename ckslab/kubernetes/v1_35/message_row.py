"""One kind of mistake that stops the API server: how a log shows it, what it means, what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ckslab.kubernetes.v1_35.refusal import Cause as RefusalCause


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of mistake.

    pattern: found in the message; its groups: `path` (in the container), `flag`, `line`, `text` (what
    to look for in the files). causes: what the same mistake is called when the files are read as the
    API server reads them, which gives the place. says, advice: one sentence each.
    """

    id: str
    pattern: re.Pattern[str]
    says: str
    advice: str
    causes: tuple[RefusalCause, ...] = ()


def row(name: str, pattern: str, says: str, advice: str, *causes: RefusalCause) -> Row:
    """A row from plain values."""
    return Row(name, re.compile(pattern, re.DOTALL), says, advice, causes)
