"""scores.json, in which ckslab 0.1.0 kept best scores: they become lines of the history, once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ckslab.errors import LabError
from ckslab.store.disk import as_lab_error, read_json
from ckslab.store.history.entry import Entry
from ckslab.store.history.index import FORMER
from ckslab.store.history.journal import append, read


def take_over(journal: Path) -> None:
    """Append what scores.json says, once, and remove it; the caller holds the journal.

    LabError: it is damaged, and stays. A kill in between does no harm: what is there already is not added again.
    """
    path = journal.with_name(FORMER)
    way_out = f"remove {path}: only the best scores of an earlier ckslab are lost"
    try:
        content = read_json(path, way_out=way_out)
    except FileNotFoundError:
        return
    try:
        scores = [_entry(str(name), one) for name, one in content["best"].items()]
    except (KeyError, TypeError, ValueError, AttributeError, ValidationError) as error:
        raise LabError(f"{path}: not a table of scores", advice=way_out) from error
    known = {one.key for _, one in read(journal) if one}
    if new := [one for one in scores if one.key not in known]:
        append(journal, new)
    with as_lab_error(f"cannot remove {path}"):
        path.unlink()


def _entry(scenario: str, one: Mapping[str, Any]) -> Entry:
    return Entry(
        attempt=hashlib.sha256(f"{FORMER}/{scenario}".encode()).hexdigest()[:16],
        at=str(one["at"]),
        started_at=None,
        scenario=scenario,
        digest="",
        seed=None,
        cluster="",
        ckslab_version="",
        score=int(one["score"]),
        max=int(one["max"]),
        hints_used=int(one["hints_used"]),
        solution_shown=bool(one["solution_shown"]),
    )
