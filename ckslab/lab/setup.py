"""Fetch or build ahead of time what the first lab would wait for."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path

from ckslab.cluster import binaries
from ckslab.cluster.backend import Backend
from ckslab.cluster.kind.backend import KindBackend
from ckslab.cluster.local.backend import LocalBackend
from ckslab.errors import MissingCapability
from ckslab.lab import catalogue
from ckslab.lab.plan import add_ons
from ckslab.progress import Progress


def set_up_machine(progress: Progress, ids: Sequence[str], roots: Sequence[Path]) -> None:
    """Binaries and the golden state of the embedded node, where there can be none kind's image and program; with
    the add-ons that the scenarios `ids` ask for.

    Goes on where it was interrupted.
    """
    linux = platform.system() == "Linux"
    wanted = {add_ons(catalogue.load_scenario(name, roots)) for name in ids}
    backend: Backend = LocalBackend() if linux else KindBackend()
    for one in sorted({(), *wanted}):
        backend.prepare(progress, add_ons=one)
    # gator is run on Linux alone, in its sandbox
    if any(wanted) and linux and "gator" not in binaries.ensure(["gator"], progress):
        progress.step("gator was not found and not built with Go: files alone cannot be graded for policies")
    available = backend.availability()
    if not available.usable:
        raise MissingCapability(available.reason, advice=available.advice)
