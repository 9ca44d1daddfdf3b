"""The tables as JSON, format 1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any


def listing_json(name: str, items: Sequence[Any]) -> str:
    """`{"format": 1, NAME: [...]}`: `items` are dataclasses of `ckslab.lab.results`; paths become strings."""
    return json.dumps({"format": 1, name: [asdict(item) for item in items]}, indent=2, default=str)
