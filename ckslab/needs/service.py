"""A service of the lab, such as the image scanner: its address and what it is trusted by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from ckslab.evidence import Fact, Need, NotAvailable, Unavailable

if TYPE_CHECKING:
    from ckslab.needs.sources import HandedInSources, LabSource, Sources


@dataclass(frozen=True, slots=True)
class ServiceFact:
    """A lab service: its kind, where it listens, and what else its kind tells (see ckslab/services/KIND)."""

    name: str
    kind: str
    url: str
    values: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """One of the values; NotAvailable, which leaves who asks undecided, where this kind tells no such thing."""
        if name not in self.values:
            why = f"the service {self.name} is of the kind {self.kind}, which has no {name}"
            raise NotAvailable(Unavailable(why))
        return self.values[name]


@dataclass(frozen=True, slots=True)
class ServiceNeed(Need[ServiceFact]):
    """A service of the lab by its name. tells: the values that are read of it; lint asks its kind for them."""

    name: str
    tells: tuple[str, ...] = field(default=(), compare=False)

    def words(self) -> str:
        """What is asked."""
        return f"where the service {self.name} is and whom it trusts"

    def services(self) -> tuple[str, ...]:
        """Its service."""
        return (self.name,)

    def values(self) -> tuple[str, ...]:
        """What is read of it."""
        return self.tells

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Ask the lab."""
        return {need: need.said_by(sources.lab) for need in needs}

    @classmethod
    def of_files(cls, needs: Collection[Self], sources: HandedInSources) -> dict[Self, Fact]:
        """What the lab said of it."""
        lab = sources.lab
        return {need: need.said_by(lab) if lab else need.not_in_files() for need in needs}

    def said_by(self, lab: LabSource) -> Fact:
        """Its fact, as the lab has it."""
        return lab.service_fact(self.name) or Unavailable(f"the lab has no service {self.name}")
