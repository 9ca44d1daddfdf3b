"""Gradings of the past on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from ckslab.render.rows import cell, show, table

if TYPE_CHECKING:  # slow to import
    from ckslab.store.history.entry import Entry


def print_history(out: Console, entries: Sequence[Entry]) -> None:
    """One row for each grading, in the order given."""
    show(
        out, table(out, ("GRADED", "SCENARIO", "SCORE", "TIME", "SEED", "REMARKS"), [_row(one) for one in entries])
    )


def _row(one: Entry) -> list[Text]:
    score = f"{one.score}/{one.max}" + (f" ({one.undecided} ?)" if one.undecided else "")
    time = "" if one.seconds is None else f"{one.seconds // 60}:{one.seconds % 60:02}"
    seed = "" if one.seed is None else one.seed
    return [
        cell(datetime.fromisoformat(one.at).astimezone().strftime("%Y-%m-%d %H:%M")),
        cell(one.scenario),
        cell(score, "green" if one.passed else ""),
        cell(time),
        cell(seed),
        cell(", ".join(_remarks(one))),
    ]


def _remarks(one: Entry) -> list[str]:
    found = []
    if one.exam is not None:
        found.append(f"exam {one.exam}")
    if one.failed:
        found.append(f"failed {', '.join(one.failed)}")
    if one.hints_used:
        found.append(f"{one.hints_used} hint{'' if one.hints_used == 1 else 's'}")
    if one.solution_shown:
        found.append("solution shown")
    return found
