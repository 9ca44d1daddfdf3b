"""How many labs this machine holds at once: by its memory, its processors and, for the embedded node, inotify."""

from __future__ import annotations

import os
from pathlib import Path

from ckslab.cluster.local.probe import INOTIFY_A_LAB

LAB_BYTES = 850 << 20
"""Memory that a lab takes (docs/benchmarks.md: 0.7 to 0.85 GB)."""

LABS_A_PROCESSOR = 2
"""A control plane at rest takes a tenth of a processor; one that starts takes all it can get."""


def labs_at_once(tasks: int, *, local: bool) -> int:
    """From 1 to `tasks`: so many are held besides one that is being made or woken. local: embedded nodes."""
    bounds = [tasks, LABS_A_PROCESSOR * (os.cpu_count() or 1)]
    memory = available_bytes()
    if memory is not None:
        bounds.append(memory // LAB_BYTES - 1)
    if local and (instances := _inotify()) is not None:
        bounds.append(instances // INOTIFY_A_LAB - 1)
    return max(1, min(bounds))


def available_bytes() -> int | None:
    """Memory that can be had now, also by the limits of the control group we are in; None: nobody knows."""
    found = [one for one in (_meminfo(), _group_left()) if one is not None]
    return min(found) if found else None


def _meminfo() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    except (OSError, ValueError, IndexError):
        return None
    return None


def _group_left() -> int | None:
    """Of the group that a container sees as its root: version 2, then 1."""
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            top = int(Path("/sys/fs/cgroup", limit).read_text())
            return max(0, top - int(Path("/sys/fs/cgroup", used).read_text())) if top < 1 << 60 else None
        except (OSError, ValueError):  # "max" is no number either
            continue
    return None


def _inotify() -> int | None:
    try:
        return int(Path("/proc/sys/fs/inotify/max_user_instances").read_text())
    except (OSError, ValueError):
        return None
