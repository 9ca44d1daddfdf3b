"""Where the rig keeps what takes long: beside the binaries in the user's cache, whatever CKSLAB_HOME is."""

from __future__ import annotations

from pathlib import Path

from ckslab.cluster.binaries.cache import default_cache_dir


def folder() -> Path:
    """~/.cache/ckslab/kind-rig, made when missing."""
    path = default_cache_dir().parent / "kind-rig"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path
