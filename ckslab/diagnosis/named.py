"""One cause of an API server that is down, as learners and programs are told it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """One named cause.

    log: what the log says, without its header ("" where no log says it). path, line: where to repair
    it. kind: the row of the cause table. chain: the files that lead to it, the manifest first, and flags: those of
    the API server that do; whose cause it is rests on them. own: it is known to be the learner's without them.
    """

    kind: str
    explanation: str
    advice: str
    path: str
    line: int | None = None
    log: str = ""
    chain: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    own: bool = False


def shown_log(text: str) -> str:
    """A log message in one line of bearable length."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 400 else f"{flat[:200]} ... {flat[-180:]}"
