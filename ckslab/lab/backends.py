"""Which backend a lab gets, and why."""

from __future__ import annotations

from dataclasses import dataclass

from ckslab.cluster.backend import Backend
from ckslab.errors import MissingCapability, UsageError
from ckslab.scenario.model import Scenario

NAMES = ("local",)
"""Backends that are built; `kind` is named in the options and answers that it is not."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A backend and, in a few words, why it was taken ("" where the user named it)."""

    backend: Backend
    why: str


def backend(name: str) -> Backend:
    """The backend called `name`; UsageError for one that does not exist or is not built."""
    if name == "local":
        from ckslab.cluster.local.backend import LocalBackend

        return LocalBackend()
    if name == "kind":
        raise UsageError("the kind backend is not built yet", advice="next: ckslab start ... --cluster local")
    raise UsageError(f"there is no backend {name!r}", advice="--cluster takes auto, local or kind")


def choose(cluster: str, scenario: Scenario) -> Choice:
    """The backend for a new lab; MissingCapability, with the ways out, when none can serve."""
    if cluster != "auto":
        return Choice(_usable(backend(cluster), scenario), "")
    return Choice(_usable(backend("local"), scenario), "the embedded node: kind is not built yet")


def _usable(chosen: Backend, scenario: Scenario) -> Backend:
    available = chosen.availability()
    if not available.usable:
        raise MissingCapability(
            f"no {chosen.name} cluster can run here: {available.reason}",
            advice=f"{available.advice}\nnext: ckslab doctor",
        )
    missing = sorted(set(scenario.requires) - chosen.capabilities())
    if missing:
        raise MissingCapability(
            f"{scenario.id} needs {', '.join(missing)}, which the {chosen.name} backend has not here",
            advice="next: ckslab doctor says what to install",
        )
    return chosen
