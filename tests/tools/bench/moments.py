"""Where a start's time goes: when the lab's programs began, of the kernel's own record of each process."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.tools.bench.memory import processes
from tests.tools.bench.series import Series

PROGRAMS = ("containerd", "kubelet", "etcd", "kube-apiserver")
"""By the names of their processes. Each begins once in a start."""


class Moments:
    """Seconds from the start of a command to a moment of it, by moment, over several runs."""

    def __init__(self) -> None:
        self.first = Series("the node's first process")
        self.programs = {name: Series(name) for name in PROGRAMS}
        self.end = Series("the command's end")

    def add(self, folder: Path, begin: float) -> None:
        """Of the lab in `folder`, whose start began at `begin` (`now`) and has just ended."""
        end = now()
        began = [(name, at) for pid in processes(folder) for name, at in _began(pid)]
        self.first.add(min(at for _, at in began) - begin)
        for program, series in self.programs.items():
            series.add(min(at for name, at in began if name == program) - begin)
        self.end.add(end - begin)

    @property
    def all(self) -> list[Series]:
        """In their order."""
        return [self.first, *self.programs.values(), self.end]

    def rows(self) -> list[list[str]]:
        """What began, after how long, and how long after what is above it: medians."""
        rows, before = [], 0.0
        for series in self.all:
            rows.append([series.what, series.shown(series.typical), series.shown(series.typical - before)])
            before = series.typical
        return rows


def now() -> float:
    """Seconds on the clock by which the kernel records the start of a process."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _began(pid: int) -> list[tuple[str, float]]:
    """The name of a process and when it began; nothing where it ended meanwhile."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    name, _, rest = stat.partition("(")[2].rpartition(")")
    # field 22 of proc(5), in ticks since the boot
    return [(name, int(rest.split()[19]) / os.sysconf("SC_CLK_TCK"))]
