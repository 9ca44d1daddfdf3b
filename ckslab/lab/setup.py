"""Fetch or build ahead of time what the first lab would wait for."""

from __future__ import annotations

import platform

from ckslab.cluster.backend import Backend
from ckslab.cluster.kind.backend import KindBackend
from ckslab.cluster.local.backend import LocalBackend
from ckslab.errors import MissingCapability
from ckslab.progress import Progress


def setup(progress: Progress) -> None:
    """Binaries and the golden state of the embedded node, where there can be none kind's image and program.

    Goes on where it was interrupted.
    """
    backend: Backend = LocalBackend() if platform.system() == "Linux" else KindBackend()
    backend.prepare(progress)
    available = backend.availability()
    if not available.usable:
        raise MissingCapability(available.reason, advice=available.advice)
