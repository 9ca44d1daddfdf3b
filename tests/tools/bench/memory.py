"""How much memory a lab takes: the proportional set size (PSS) of every process that belongs to it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from ckslab.cluster.local import launch

MEGABYTE = 1_000_000


def memory(folder: Path) -> Counter[str]:
    """Megabytes by program of the lab in `folder`, our relay and sandbox outside the node among them."""
    return memory_of(processes(folder))


def memory_of(pids: Iterable[int]) -> Counter[str]:
    """Megabytes by program of these processes."""
    found: Counter[str] = Counter()
    for pid in pids:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            name = Path(f"/proc/{pid}/comm").read_text().strip()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        pss = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
        found[name] += int(pss[1]) * 1024 / MEGABYTE if pss else 0  # type: ignore[assignment]
    return found


def processes(folder: Path) -> Iterator[int]:
    """Ids of all processes of the lab in `folder`, our relay and sandbox outside the node among them."""
    record = launch.read_record(folder)
    assert record is not None
    parents = dict(_parents())
    roots = {record.init.pid, *([record.relay.pid] if record.relay else [])}
    outer = parents.get(record.init.pid, 0)
    if outer and Path(f"/proc/{outer}/comm").read_text().strip() == "bwrap":
        roots.add(outer)
    for pid in parents:
        above: int | None = pid
        while above and above not in roots:
            above = parents.get(above)
        if above:
            yield pid


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            yield int(entry.name), int(fields[1])
