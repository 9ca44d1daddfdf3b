"""Which processes and mounts of the machine belong to a home: by the home's unique name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

SIGNS = ("cmdline", "environ", "mountinfo")


@dataclass(frozen=True)
class Found:
    """A living process."""

    pid: int
    command: str


def processes_of(name: str) -> list[Found]:
    """Processes that have the home in their arguments, environment, mounts or working folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid() and _belongs(entry, name.encode()):
            command = _read(entry / "cmdline").replace(b"\0", b" ").decode(errors="replace")[:200]
            found.append(Found(int(entry.name), command))
    return found


def mounts_of(name: str) -> list[str]:
    """Mounts of our own mount namespace that lead into the home."""
    return [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if name in line]


def _belongs(entry: Path, name: bytes) -> bool:
    if any(name in _read(entry / sign) for sign in SIGNS):
        return True
    try:
        return name in os.fsencode(os.readlink(entry / "cwd"))
    except OSError:
        return False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
