"""The add-ons of one lab as one: what the node, its making and its grading ask of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckslab.add_ons import ADD_ONS
from ckslab.add_ons.add_on import AddOn
from ckslab.cluster.api import Answer, Api
from ckslab.cluster.backend import Node, NodeFile, NodeLayer, NodeService
from ckslab.control_plane.policies import Awaited
from ckslab.progress import Progress
from ckslab.strict import Strict


@dataclass(frozen=True, slots=True)
class LabAddOns:
    """Add-ons with the scenario's settings, in the order of their names: equal sets share their node templates."""

    chosen: tuple[tuple[AddOn[Any], Strict], ...] = ()

    @property
    def layers(self) -> tuple[NodeLayer, ...]:
        """All layers of the node's template, the lowest first."""
        return tuple(layer for add_on, settings in self.chosen for layer in add_on.layers(settings))

    @property
    def files(self) -> tuple[NodeFile, ...]:
        """All files that are laid on the node."""
        return tuple(file for add_on, settings in self.chosen for file in add_on.files(settings))

    @property
    def services(self) -> tuple[NodeService, ...]:
        """All that the node's init runs for them."""
        return tuple(one for add_on, settings in self.chosen for one in add_on.services(settings))

    @property
    def environment(self) -> dict[str, str]:
        """Variables that commands on the node have for all of them."""
        named = (add_on.environment(settings).items() for add_on, settings in self.chosen)
        return {name: value for variables in named for name, value in variables}

    @property
    def tools(self) -> dict[str, str]:
        """All binaries that `ckslab setup` gets besides."""
        return {tool: use for add_on, _ in self.chosen for tool, use in add_on.tools.items()}

    def start(self, node: Node, api: Api, progress: Progress) -> None:
        """Start each; LabError."""
        for add_on, settings in self.chosen:
            add_on.start(node, api, settings, progress)

    def awaited(self, api: Api) -> Awaited | None:
        """The first thing that is awaited of any."""
        return next((what for add_on, settings in self.chosen if (what := add_on.awaited(api, settings))), None)

    def acting_policies(self, api: Api) -> frozenset[str]:
        """The policies of all."""
        return frozenset().union(*(add_on.acting_policies(api, settings) for add_on, settings in self.chosen))

    def lags(self, answer: Answer) -> bool:
        """Whether any says that an object was refused only because it lags behind."""
        return any(add_on.lags(answer) for add_on, _ in self.chosen)


def lab_add_ons(settings: Mapping[str, Strict]) -> LabAddOns:
    """Those that a scenario names in `setup.add-ons`."""
    return LabAddOns(tuple((ADD_ONS[name], settings[name]) for name in sorted(settings)))
