"""The machine in three facts, and how busy it was."""

from __future__ import annotations

import os
import re
from pathlib import Path


def machine() -> str:
    """Cores, memory, kernel."""
    total = re.search(r"MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text())
    gibibytes = int(total[1]) / (1 << 20) if total else 0.0
    return f"{os.cpu_count()} cores, {gibibytes:.1f} GiB of memory, Linux {os.uname().release}"


def load() -> str:
    """The load average over one minute."""
    return f"{os.getloadavg()[0]:.1f}"
