"""Gradings of the past as JSON, each as it is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # slow to import
    from ckslab.store.history.entry import Entry


def history_json(entries: Sequence[Entry]) -> str:
    """`{"format": 1, "gradings": [...]}`; the schema of each is docs/history.schema.json."""
    return json.dumps({"format": 1, "gradings": [one.model_dump() for one in entries]}, indent=2)
