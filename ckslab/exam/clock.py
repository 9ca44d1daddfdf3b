"""The exam's clock: the machine's wall clock, kept on disk, which no setting back of that clock turns back.

Closing a terminal, a kill, suspending and a reboot do not stop it. What is kept is the latest moment seen and the
machine's time since its boot, which nobody can set: so within one boot it is known how much has passed. After
another boot it is the wall clock that tells, but never less than was seen: a home may have come to another machine.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from ckslab.errors import LabError
from ckslab.exam.sitting import Sitting
from ckslab.store.disk import read_json, write_json

FILE = "clock.json"

KEEP_EVERY = 10.0
"""Seconds after which the moment is kept anew."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The machine's clocks. wall: seconds since the epoch. boot: names this boot. uptime: seconds since it, those
    asleep among them.
    """

    wall: float
    boot: str
    uptime: float


def reading() -> Reading:
    """The clocks now."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot = ""  # no Linux: boots are not told apart, and uptime starts anew with each
    kind = getattr(time, "CLOCK_BOOTTIME", None)
    return Reading(time.time(), boot, time.monotonic() if kind is None else time.clock_gettime(kind))


def moment(seen: Reading | None, now: Reading) -> float:
    """The exam's own present moment: never before one that was seen."""
    if seen is None:
        return now.wall
    passed = max(0.0, now.uptime - seen.uptime) if now.boot == seen.boot else 0.0
    return max(now.wall, seen.wall + passed)


def present(folder: Path) -> float:
    """The present moment of the exam in `folder`, which is kept there now and then.

    A disk that refuses is no reason to stop a clock: the moment is what it is.
    """
    seen, now = _seen(folder), reading()
    at = moment(seen, now)
    if seen is None or at - seen.wall >= KEEP_EVERY or at > now.wall or seen.boot != now.boot:
        _keep(folder, replace(now, wall=at))
    return at


def ends_at(sitting: Sitting) -> float:
    """The moment at which time is up, as it is known now: waiting and pausing move it."""
    return sitting.started_at + sitting.minutes * 60 + sitting.waited + sitting.paused


def remaining(sitting: Sitting, now: float) -> float:
    """Seconds left; the whole time before the clock starts, 0 when it is up or work has ended."""
    if sitting.state == "preparing":
        return sitting.minutes * 60.0
    if sitting.state == "paused":
        return max(0.0, ends_at(sitting) - sitting.paused_at)
    return max(0.0, ends_at(sitting) - now) if sitting.state == "running" else 0.0


def started(sitting: Sitting, now: float) -> Sitting:
    """The exam whose clock starts now."""
    return replace(sitting, state="running", started_at=now) if sitting.state == "preparing" else sitting


def waited(sitting: Sitting, begin: float, end: float) -> Sitting:
    """The exam after the learner waited for a host between two moments: once, however many terminals wait."""
    new = max(0.0, end - max(begin, sitting.waited_until))
    if sitting.state != "running" or not new:
        return sitting
    return replace(sitting, waited=sitting.waited + new, waited_until=end)


def paused(sitting: Sitting, now: float) -> Sitting:
    """The exam whose clock stands from now on."""
    return replace(sitting, state="paused", paused_at=now) if sitting.state == "running" else sitting


def continued(sitting: Sitting, now: float) -> Sitting:
    """The exam whose clock goes on."""
    if sitting.state != "paused":
        return sitting
    return replace(sitting, state="running", paused=sitting.paused + max(0.0, now - sitting.paused_at))


def _seen(folder: Path) -> Reading | None:
    """What was kept; None before the first, and where the file is damaged: the wall clock is what is left then."""
    try:
        content = read_json(folder / FILE, way_out="")
        seen = Reading(float(content["wall"]), str(content["boot"]), float(content["uptime"]))
    except (FileNotFoundError, LabError, KeyError, TypeError, ValueError):
        return None
    return seen if abs(seen.wall) < 1e11 and abs(seen.uptime) < 1e11 else None


def _keep(folder: Path, at: Reading) -> None:
    try:
        write_json(folder / FILE, {"wall": at.wall, "boot": at.boot, "uptime": at.uptime})
    except LabError:
        return
