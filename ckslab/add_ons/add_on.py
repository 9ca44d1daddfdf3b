"""The contract of an add-on: what a node has of it, how a lab starts it, and what grading has to know of it."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Generic, TypeVar

from ckslab.cluster.api import Answer, Api
from ckslab.cluster.backend import Node, NodeFile, NodeLayer, NodeService
from ckslab.control_plane.policies import Awaited
from ckslab.progress import Progress
from ckslab.strict import Strict

S = TypeVar("S", bound=Strict)


class AddOn(ABC, Generic[S]):
    """One add-on. Instances hold no state; what is not overridden is nothing.

    `name` is the key below `setup.add-ons` in scenario.yaml, `settings` what may be written there. `requires`:
    capabilities that a backend must have. `tools`: binaries that `ckslab setup` gets besides, where they can be
    had, with what cannot be done without them.
    """

    name: ClassVar[str]
    settings: ClassVar[type[Strict]]
    requires: ClassVar[frozenset[str]] = frozenset()
    tools: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def layers(self, settings: S) -> tuple[NodeLayer, ...]:
        """What the node's template has more, the lowest first."""
        return ()

    def files(self, settings: S) -> tuple[NodeFile, ...]:
        """Files that are laid on the node for the learner."""
        return ()

    def services(self, settings: S) -> tuple[NodeService, ...]:
        """What the node's init runs for it."""
        return ()

    def environment(self, settings: S) -> Mapping[str, str]:
        """Variables of every command on the node, the learner's shell among them."""
        return {}

    def start(self, node: Node, api: Api, settings: S, progress: Progress) -> None:
        """Start it in a new lab, whose API server is ready and has no object of the scenario yet; LabError."""

    def awaited(self, api: Api, settings: S) -> Awaited | None:
        """What must still happen until its policies act, or None."""

    def acting_policies(self, api: Api, settings: S) -> frozenset[str]:
        """Its policies that are there, as denials name them."""
        return frozenset()

    def lags(self, answer: Answer) -> bool:
        """Whether an object was refused only because the add-on has not yet taken up what came before it."""
        return False
