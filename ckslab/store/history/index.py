"""history-index.json: the journal's sums, so that `list` need not read ten thousand lines.

It is believed only while the journal's file is, by inode, size and times, the one that was summed; else, and where
it is missing or damaged, it is made again of the journal.
"""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ckslab.errors import LabError
from ckslab.store.disk import write_json
from ckslab.store.history.tally import BestScore, Tally
from ckslab.store.home import home

INDEX = "history-index.json"
JOURNAL = "history.jsonl"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Summed:
    """tallies: by scenario. damaged: numbers (from 1) of lines of the journal that cannot be read; the first ones.

    trouble: why an earlier ckslab's scores could not be taken over, in a sentence; "" where there are none.
    """

    tallies: Mapping[str, Tally] = field(default_factory=dict)
    damaged: tuple[int, ...] = ()
    trouble: str = ""


MAX_DAMAGED = 20
"""So many lines are named."""


def summed() -> Summed:
    """What the journal comes to. LabError: it cannot be read."""
    folder = home()
    journal = folder / JOURNAL
    stamp = _stamp(journal)
    if not (folder / FORMER).exists():
        if not stamp:
            return Summed()
        if kept := _kept(folder / INDEX, stamp):
            return kept
    from ckslab.store.history.record import sum_up  # reads and validates: slow to import

    return sum_up()


FORMER = "scores.json"
"""What ckslab kept before there was a history."""


def keep(journal: Path, made: Summed) -> None:
    """Keep what was summed, for the journal as it is; the caller holds it. A disk that refuses is no loss."""
    sums = {"damaged": made.damaged, "tallies": {name: asdict(one) for name, one in made.tallies.items()}}
    content = {"format": FORMAT, "journal": _stamp(journal), "check": _check(sums), "sums": sums}
    with contextlib.suppress(LabError):
        write_json(journal.with_name(INDEX), content)


def _stamp(journal: Path) -> list[int]:
    """Empty where there is no journal."""
    try:
        found = journal.lstat()
    except OSError:
        return []
    return [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _kept(path: Path, stamp: list[int]) -> Summed | None:
    """None where it is of another journal, or cannot be read for whatever reason."""
    try:
        content = json.loads(path.read_bytes())
        sums = content["sums"]
        if (content["format"], content["journal"], content["check"]) != (FORMAT, stamp, _check(sums)):
            return None
        return Summed({name: _tally(one) for name, one in sums["tallies"].items()}, tuple(sums["damaged"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _check(sums: Any) -> int:
    """Tells a file that was damaged, not one that was forged: whoever can do that can write the journal."""
    return zlib.crc32(json.dumps(sums, sort_keys=True).encode())


def _tally(one: Mapping[str, Any]) -> Tally:
    best = BestScore(**one["best"]) if one["best"] else None
    return Tally(**{**one, "best": best, "last_failed": tuple(one["last_failed"])})
