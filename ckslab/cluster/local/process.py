"""Processes across our own deaths and the machine's: a pid with its start time and the boot it belongs to."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from ckslab.waiting import polls


@dataclass(frozen=True, slots=True)
class Process:
    """A process that can be recognised again. start: field 22 of /proc/PID/stat, in clock ticks."""

    pid: int
    start: int
    boot: str

    def alive(self) -> bool:
        """Whether exactly this process still runs (a zombie does not)."""
        return self.boot == boot_id() and _start(self.pid) == self.start

    def signal(self, number: int) -> None:
        """Send a signal if it is alive."""
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def end(self, grace: float) -> None:
        """TERM, KILL after `grace` seconds, and wait until it is gone (5 s at most)."""
        self.signal(signal.SIGTERM)
        if not self._gone(grace):
            self.signal(signal.SIGKILL)
            self._gone(5.0)

    def _gone(self, seconds: float) -> bool:
        return any(not self.alive() for _ in polls(seconds, every=0.01))


def of(pid: int) -> Process | None:
    """The process with this pid now, or None."""
    start = _start(pid)
    return None if start is None else Process(pid, start, boot_id())


def listens(pid: int, port: int) -> bool:
    """Whether the process itself, not another, listens on this IPv4 TCP port."""
    listening = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
            listening.add(f"socket:[{fields[9]}]")
    try:
        return any(str(entry.readlink()) in listening for entry in Path(f"/proc/{pid}/fd").iterdir())
    except (FileNotFoundError, ProcessLookupError):  # it ended, or a descriptor was closed, meanwhile
        return False


def boot_id() -> str:
    """Names the machine's present boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _start(pid: int) -> int | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])
