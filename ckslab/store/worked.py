"""worked.json: how long a learner worked in a lab's shells, kept while they work so that no kill loses much."""

from __future__ import annotations

import time
from pathlib import Path

from ckslab.errors import LabError
from ckslab.store.disk import read_json, write_json
from ckslab.store.lock import locked

FILE = "worked.json"

EVERY = 15.0
"""Seconds after which whoever counts keeps what is new: so much is lost by a kill."""


def add_worked(lab_folder: Path, seconds: float) -> None:
    """The last `seconds` were worked in the lab. Two shells at once count once.

    LabError when the disk refuses; a damaged file begins anew.
    """
    now = time.time()
    with locked(f"worked-{lab_folder.name}", what=f"the time worked in {lab_folder.name}", wait=2.0):
        total, until = _read(lab_folder)
        if until > now:  # the clock was set back: nobody knows what overlaps
            until = now - seconds
        begin = max(now - seconds, until)
        write_json(lab_folder / FILE, {"seconds": round(total + max(0.0, now - begin), 3), "until": now})


def worked_seconds(lab_folder: Path) -> float:
    """Seconds worked so far; 0 before the first, and where the file cannot be read."""
    return _read(lab_folder)[0]


def forget_worked(lab_folder: Path) -> None:
    """A new attempt begins: nothing was worked yet."""
    (lab_folder / FILE).unlink(missing_ok=True)


def _read(lab_folder: Path) -> tuple[float, float]:
    try:
        content = read_json(lab_folder / FILE, way_out="")
        total, until = float(content["seconds"]), float(content["until"])
    except (FileNotFoundError, LabError, KeyError, TypeError, ValueError):
        return 0.0, 0.0
    return (total, until) if 0 <= total < float("inf") and until == until else (0.0, 0.0)
