"""Finds scenarios on disk by the names of their folders, without reading any of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ckslab.errors import UsageError, nearest

_FILE = "scenario.yaml"


def find_scenarios(roots: Sequence[Path]) -> dict[str, Path]:
    """Folders by id, sorted. A root holds `<topic>/<id>/` or `<id>/`, or is a scenario itself.

    Where two roots have the same id, the earlier root has it. A root that is not there holds nothing.
    """
    found: dict[str, Path] = {}
    for root in roots:
        for folder in _below(root):
            found.setdefault(folder.resolve().name, folder)
    return dict(sorted(found.items()))


def scenario_folder(scenarios: Mapping[str, Path], name: str) -> Path:
    """The folder of the scenario called `name`; UsageError with the nearest name where there is none."""
    if name in scenarios:
        return scenarios[name]
    raise UsageError(
        f"there is no scenario {name!r}{nearest(name, scenarios)}", advice="`ckslab list` shows them all."
    )


def _below(root: Path) -> Iterator[Path]:
    if (root / _FILE).is_file():
        yield root
        return
    for folder in _folders(root):
        if (folder / _FILE).is_file():
            yield folder
        else:
            yield from (inner for inner in _folders(folder) if (inner / _FILE).is_file())


def _folders(parent: Path) -> list[Path]:
    try:
        with os.scandir(parent) as entries:
            names = sorted(
                entry.name for entry in entries if entry.is_dir() and not entry.name.startswith((".", "_"))
            )
    except OSError:
        return []
    return [parent / name for name in names]
