"""The history: what a grade adds to it, what is shown of it, and taking it to another machine."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from pydantic import ValidationError

from ckslab.errors import LabError, UsageError
from ckslab.grading.report import Report
from ckslab.lab import catalogue
from ckslab.lab.model import Lab
from ckslab.store.attempt import Attempt
from ckslab.store.history.entry import CheckEntry, Entry, line_of
from ckslab.store.history.index import summed
from ckslab.store.history.journal import FILE, lines_of, read
from ckslab.store.history.record import add
from ckslab.store.home import home
from ckslab.store.worked import worked_seconds
from ckslab.strict import first_problem

MAX_IMPORTED = 100_000
"""Gradings of one file: a hundred a day, for three years."""

MAX_BYTES = 64 << 20

FUTURE = timedelta(days=1)
"""Clocks differ; what is further ahead would stand before all that is still to come."""


@dataclass(frozen=True, slots=True)
class History:
    """entries: the gradings, the latest first. troubles: what could not be read, in sentences."""

    entries: tuple[Entry, ...]
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """How many gradings of a file were new, were there already, could not be read (the first of those lines)."""

    new: int
    known: int
    unreadable: int
    lines: tuple[int, ...] = ()


def entry_of(lab: Lab, made: Report, attempt: Attempt | None) -> Entry:
    """The line of a live grade; attempt: None where it cannot be read. LabError: it is none that could be kept."""
    begun = attempt or Attempt(lab.record.created_at)
    try:
        return Entry(
            attempt=hashlib.sha256(f"{lab.record.nonce}/{begun.started_at}".encode()).hexdigest()[:16],
            at=made.graded_at,
            started_at=attempt.started_at if attempt else None,
            scenario=made.scenario,
            digest=lab.scenario.digest,
            seed=lab.record.seed,
            cluster=lab.record.cluster,
            ckslab_version=made.ckslab_version,
            exam=lab.record.exam,
            score=made.score,
            max=made.max,
            undecided=made.undecided,
            checks={
                check.id: CheckEntry(outcome=check.outcome, earned=check.earned, waiting=bool(check.after))
                for check in made.checks
            },
            hints=dict(begun.hints),
            hints_used=attempt.hints_used if attempt else None,
            causes=len(begun.causes),
            solution_shown=begun.solution_shown,
            seconds=int(worked_seconds(lab.folder)) or None,
        )
    except ValidationError as error:
        advice = f"ckslab reset {lab.name} (a new attempt)"
        raise LabError(f"it cannot be written down ({first_problem(error)})", advice=advice) from error


def history(scenario: str | None = None) -> History:
    """All gradings, or those of one scenario. LabError: the file cannot be read."""
    sums = summed()  # what an earlier ckslab kept is taken over first
    found = [one for _, one in read(home() / FILE) if one and scenario in (None, one.scenario)]
    found.reverse()  # of two in one second the one that was written later comes first
    found.sort(key=lambda one: one.at, reverse=True)
    return History(tuple(found), tuple(catalogue.troubles(sums)))


def export_history() -> Iterator[bytes]:
    """The lines that can be read, as another machine imports them."""
    for _, one in read(home() / FILE):
        if one:
            yield line_of(one)


def import_history(file: BinaryIO) -> Imported:
    """Add the gradings of another machine, or of a stranger: what does not hold by itself is left out and told.

    UsageError: it is no history, or too long a one. LabError: nothing was added.
    """
    good: list[Entry] = []
    bad: list[int] = []
    latest = (datetime.now(UTC) + FUTURE).strftime("%Y-%m-%dT%H:%M:%SZ")
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES or data.count(b"\n") > MAX_IMPORTED:
        raise UsageError(f"more than {MAX_BYTES >> 20} MiB, or {MAX_IMPORTED} lines: import it in parts")
    for number, one in lines_of(io.BytesIO(data)):
        if one is None or one.at > latest:
            bad.append(number)
        else:
            good.append(one)
    if not good:
        raise UsageError("there is no grading in that file", advice="ckslab history export FILE writes one")
    new = add(good)
    return Imported(new, len(good) - new, len(bad), tuple(bad[:5]))


def sat_seeds(scenario: str) -> Sequence[int]:
    """Seeds of the labs of a scenario that were graded, the latest first, each once."""
    seeds = (one.seed for one in history(scenario).entries if one.seed is not None)
    return tuple(dict.fromkeys(seeds))
