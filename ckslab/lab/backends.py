"""Which backend a lab gets, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ckslab.cluster.backend import Backend
from ckslab.errors import MissingCapability, UsageError

if TYPE_CHECKING:
    from ckslab.scenario.model import Scenario

NAMES = ("kind", "local")
"""In the order in which `auto` tries them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A backend and, in a few words, why it was taken ("" where the user named it)."""

    backend: Backend
    why: str


def backend(name: str, node_image: str | None = None) -> Backend:
    """The backend called `name`; UsageError for one that does not exist. node_image: of kind's nodes."""
    if name == "local":
        from ckslab.cluster.local.backend import LocalBackend

        return LocalBackend()
    if name == "kind":
        from ckslab.cluster.kind.backend import KindBackend

        return KindBackend(node_image)
    raise UsageError(f"there is no backend {name!r}", advice="--cluster takes auto, local or kind")


def choose(cluster: str, scenario: Scenario, node_image: str | None = None) -> Choice:
    """The backend for a new lab, unless the user named one: kind where an engine answers and kind can do what
    the scenario requires, else local.

    MissingCapability, with the ways out, when none can serve.
    """
    if cluster == "local" and node_image:
        raise UsageError("--node-image names an image of kind's nodes: --cluster local has none")
    if cluster != "auto":
        return Choice(_usable(backend(cluster, node_image), scenario), "")
    kind = backend("kind", node_image)
    found = kind.availability()
    missing = sorted(set(scenario.requires) - kind.capabilities())
    if found.usable and not missing:
        return Choice(kind, "a container engine answers")
    why = f"kind has no {', '.join(missing)}" if found.usable else f"no kind cluster here: {found.reason}"
    return Choice(_usable(backend("local"), scenario), why)


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
