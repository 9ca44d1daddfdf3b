"""Labs whose folders are gone, or know nothing of them, while their nodes are there."""

from __future__ import annotations

from pathlib import Path

from ckslab.lab import backends
from ckslab.store.home import private_folder
from ckslab.store.labs import is_lab_name, lab_names


def lost_labs() -> list[str]:
    """The names of those of this home."""
    labs, names = private_folder("labs"), lab_names()
    found = {folder.name for folder in _found(labs) if folder.parent == labs.resolve()}
    return sorted(name for name in found if is_lab_name(name) and name not in names)


def lost_elsewhere() -> list[Path]:
    """The folders of those of other homes."""
    labs = private_folder("labs")
    return sorted(folder for folder in _found(labs) if folder.parent != labs.resolve() and not folder.is_dir())


def _found(labs: Path) -> set[Path]:
    return {folder for name in backends.NAMES for folder in backends.backend(name).found(labs)}
