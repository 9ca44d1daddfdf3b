"""Gradings for tests of the history: one line of it, changed in what a test is about."""

from __future__ import annotations

from typing import Any

from ckslab.store.history.entry import CheckEntry, Entry


def grading(scenario: str = "s", number: int = 1, at: str = "2026-01-01T00:00:00Z", **changed: Any) -> Entry:
    """Full marks without help in attempt `number`; `lost`: checks that fail, of a, b and c."""
    lost = set(changed.pop("lost", ()))
    checks = {
        name: CheckEntry(outcome="fail" if name in lost else "pass", earned=0 if name in lost else points)
        for name, points in (("a", 50), ("b", 30), ("c", 20))
    }
    content: dict[str, Any] = {
        "attempt": f"{number:016x}",
        "at": at,
        "started_at": at,
        "scenario": scenario,
        "digest": "d" * 64,
        "seed": number,
        "cluster": "local",
        "ckslab_version": "0.2.0",
        "score": sum(one.earned for one in checks.values()),
        "max": 100,
        "checks": checks,
    }
    return Entry(**content | changed)
