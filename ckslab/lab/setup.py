"""Fetch or build ahead of time what the first lab would wait for."""

from __future__ import annotations

from ckslab.cluster.local.backend import LocalBackend
from ckslab.errors import MissingCapability
from ckslab.progress import Progress


def setup(progress: Progress) -> None:
    """Binaries and the golden state of the embedded node; goes on where it was interrupted."""
    backend = LocalBackend()
    backend.prepare(progress)
    available = backend.availability()
    if not available.usable:
        raise MissingCapability(available.reason, advice=available.advice)
