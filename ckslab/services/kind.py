"""The contract of a kind of service: what its node runs, what checks may know of it, how probes use it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from ckslab.certificates import Authority
from ckslab.cluster.backend import NodeFile, NodeLayer, NodeService
from ckslab.needs.service import ServiceFact
from ckslab.needs.sources import RunningService
from ckslab.strict import Strict

S = TypeVar("S", bound=Strict)


@dataclass(frozen=True, slots=True)
class PlannedService:
    """A service of a lab that is about to be made: for its node, and for the checks.

    files: laid over the node's root. storage: the folder there in which it keeps images, "" where it takes none.
    """

    node: NodeService
    fact: ServiceFact
    files: tuple[NodeFile, ...] = ()
    storage: str = ""


class ServiceKind(ABC, Generic[S]):
    """One kind of service. Instances hold no state.

    `name` is the key below `services.NAME` in scenario.yaml, `settings` what may be written there, `values` the
    names of what it tells checks (see `ServiceFact.values`): a check that reads another one is refused at loading.
    """

    name: ClassVar[str]
    settings: ClassVar[type[Strict]]
    values: ClassVar[frozenset[str]] = frozenset()

    def layers(self, settings: S) -> tuple[NodeLayer, ...]:
        """What its node's template has more than a plain one's, bottom first."""
        return ()

    def lays(self, settings: S) -> tuple[str, ...]:
        """Paths of the files that it lays down for the learner."""
        return ()

    def holds(self, settings: S) -> str:
        """How names of images begin that the set-up may give it ("HOST:PORT/"); "" where it takes none."""
        return ""

    @abstractmethod
    def plan(self, name: str, settings: S, authority: Authority) -> PlannedService:
        """The service called `name` of a new lab; authority: its own, which signs what is made for it."""

    @abstractmethod
    def running(self, fact: ServiceFact) -> RunningService:
        """The service of which `plan` told this, on a running node."""
