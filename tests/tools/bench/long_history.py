"""A home in which ten thousand gradings were kept: what commands cost that read them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ckslab.lab.catalogue import SHIPPED, load_scenario, scenario_ids
from ckslab.store.history.entry import CheckEntry, Entry
from ckslab.store.history.index import INDEX
from ckslab.store.history.journal import FILE, append

GRADINGS = 10_000


@contextmanager
def long_history(home: Path) -> Iterator[None]:
    """Two gradings for each attempt, over all scenarios in turns; the first one loses a check, the second none."""
    journal = home / FILE
    append(journal, list(_gradings()))
    try:
        yield
    finally:
        journal.unlink()
        (home / INDEX).unlink(missing_ok=True)


def _gradings() -> Iterator[Entry]:
    points = {
        name: {check.id: check.points for check in load_scenario(name, [SHIPPED]).checks}
        for name in scenario_ids([SHIPPED])
    }
    begin, names = datetime(2025, 1, 1, tzinfo=UTC), list(points)
    for number in range(GRADINGS):
        at = (begin + timedelta(minutes=17 * number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        name = names[number // 2 % len(names)]
        lost = list(points[name])[:1] if number % 2 == 0 else []
        checks = {
            check: CheckEntry(outcome="fail" if check in lost else "pass", earned=0 if check in lost else worth)
            for check, worth in points[name].items()
        }
        yield Entry(
            attempt=f"{number // 2:016x}",
            at=at,
            started_at=at,
            scenario=name,
            digest="0" * 64,
            seed=number,
            cluster="local",
            ckslab_version="0.2.0",
            score=sum(one.earned for one in checks.values()),
            max=sum(points[name].values()),
            checks=checks,
            hints_used=number % 3,
            seconds=60 + number % 600,
        )
