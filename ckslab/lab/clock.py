"""The present moment as records and reports write it."""

from __future__ import annotations

import datetime


def now() -> str:
    """RFC 3339 in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
