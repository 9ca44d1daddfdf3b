"""What a scenario may name and others define: check types, kinds of services, add-ons; handed in as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ckslab.evidence import CheckType
from ckslab.strict import Strict

CheckTypes = Mapping[str, CheckType[Any]]


class LaidFile(Protocol):
    """A file that is laid on the node."""

    @property
    def path(self) -> str:
        """Where."""


class ServiceKind(Protocol):
    """A kind of service, as far as a scenario's text is concerned."""

    @property
    def settings(self) -> type[Strict]:
        """The model of what stands below the kind's name."""

    @property
    def values(self) -> frozenset[str]:
        """Names of what it tells checks."""

    def lays(self, settings: Any, /) -> Sequence[str]:
        """Paths of the files that it lays down for the learner."""

    def holds(self, settings: Any, /) -> str:
        """How names of images begin that the set-up may give it; "" where it takes none."""


class AddOnKind(Protocol):
    """An add-on, as far as a scenario's text is concerned."""

    @property
    def settings(self) -> type[Strict]:
        """The model of what stands below the add-on's name."""

    @property
    def requires(self) -> frozenset[str]:
        """Capabilities that a backend must have: they count as the scenario's own."""

    def files(self, settings: Any, /) -> Sequence[LaidFile]:
        """The files that it lays down for the learner."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """By the names that scenario.yaml uses."""

    checks: CheckTypes
    services: Mapping[str, ServiceKind]
    add_ons: Mapping[str, AddOnKind]
