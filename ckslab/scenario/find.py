"""Finds scenarios on disk by the names of their folders, without reading any of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ckslab.errors import UsageError, nearest

_FILE = "scenario.yaml"


def find_scenarios(roots: Sequence[Path]) -> dict[str, Path]:
    """Folders by id, sorted. A root holds `<topic>/<id>/` or `<id>/`, or is a scenario itself.

    Of an id that several folders have it is the first (see `doubled_scenarios`). A root that is not there holds
    nothing.
    """
    return {name: folders[0] for name, folders in _all(roots).items()}


def doubled_scenarios(roots: Sequence[Path]) -> dict[str, tuple[Path, ...]]:
    """The folders of each id that several have: which of them is meant nobody can tell, so none is to be used."""
    return {name: tuple(folders) for name, folders in _all(roots).items() if len(folders) > 1}


def doubled_problem(folders: Sequence[Path]) -> str:
    """What is wrong with folders that have one id, as `file: message`."""
    first, *others = folders
    return (
        f"{first / _FILE}:1: {', '.join(map(str, others))} has the id {first.resolve().name!r}, too: "
        "give one of them another (id and name of the folder)"
    )


def scenario_folder(scenarios: Mapping[str, Path], name: str) -> Path:
    """The folder of the scenario called `name`; UsageError with the nearest name where there is none."""
    if name in scenarios:
        return scenarios[name]
    raise UsageError(
        f"there is no scenario {name!r}{nearest(name, scenarios)}", advice="`ckslab list` shows them all."
    )


def _all(roots: Sequence[Path]) -> dict[str, list[Path]]:
    """All folders by id, sorted by it; a folder that two roots lead to is one."""
    found: dict[str, dict[Path, Path]] = {}
    for root in roots:
        for folder in _below(root):
            real = folder.resolve()
            found.setdefault(real.name, {}).setdefault(real, folder)
    return {name: list(folders.values()) for name, folders in sorted(found.items())}


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
