"""Fetch or build ahead of time what the first lab would wait for."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from ckslab.add_ons.lab_add_ons import lab_add_ons
from ckslab.cluster import binaries
from ckslab.errors import MissingCapability
from ckslab.lab import backends, catalogue
from ckslab.lab.layers import layers_of
from ckslab.progress import Progress


def set_up_machine(progress: Progress, ids: Sequence[str], roots: Sequence[Path]) -> None:
    """Binaries and the template of the embedded node, where there can be none kind's image and program; with
    the add-ons that the scenarios `ids` ask for.

    Goes on where it was interrupted.
    """
    linux = platform.system() == "Linux"
    _tools({"crictl": "nodes have a small stand-in"} if linux else {}, progress)
    scenarios = [catalogue.load_scenario(name, roots) for name in ids]
    backend = backends.backend("local" if linux else "kind")
    for layers in dict.fromkeys([(), *map(layers_of, scenarios)]):
        backend.prepare(progress, layers=layers)
    if linux:  # they are run on Linux alone, in a sandbox
        wanted = [lab_add_ons(scenario.setup.add_ons) for scenario in scenarios]
        _tools({tool: use for add_ons in wanted for tool, use in add_ons.tools.items()}, progress)
    available = backend.availability()
    if not available.usable:
        raise MissingCapability(available.reason, advice=available.advice)


def _tools(tools: Mapping[str, str], progress: Progress) -> None:
    """Have optional programs, each with what is so without it."""
    for tool, without in tools.items():
        if tool not in binaries.ensure([tool], progress):
            progress.step(f"{tool} was not found and not built with Go: {without}")
