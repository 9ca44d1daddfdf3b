"""Recording a grading, and summing all of them up; what an earlier ckslab kept is taken over first."""

from __future__ import annotations

from pathlib import Path

from ckslab.errors import LabError
from ckslab.store.history.entry import Entry
from ckslab.store.history.former_scores import take_over
from ckslab.store.history.index import MAX_DAMAGED, Summed, keep
from ckslab.store.history.journal import append, held, read
from ckslab.store.history.tally import tallies


def record(entry: Entry) -> None:
    """Keep one grading. LabError: it is not kept, and all that was before is as it was."""
    with held() as path:
        append(path, [entry])
        _sum(path)


def add(entries: list[Entry]) -> int:
    """Keep gradings of another machine, but for those that are there; how many were new.

    LabError: none was added.
    """
    with held() as path:
        known = {one.key for _, one in read(path) if one}
        new = [one for key, one in {one.key: one for one in entries}.items() if key not in known]
        if new:
            append(path, new)
            _sum(path)
        return len(new)


def sum_up() -> Summed:
    """The journal's sums, made anew. LabError: it cannot be read."""
    with held() as path:
        return _sum(path)


def _sum(path: Path) -> Summed:
    trouble = ""
    try:
        take_over(path)
    except LabError as error:
        trouble = f"{error.message}. next: {error.advice}"
    damaged: list[int] = []
    entries: list[Entry] = []
    for number, one in read(path):
        if one:
            entries.append(one)
        elif len(damaged) < MAX_DAMAGED:
            damaged.append(number)
    made = Summed(tallies(entries), tuple(damaged), trouble)
    if path.exists():
        keep(path, made)
    return made
