"""What the lab knows of itself: its nonce, its seed, the faults that were drawn."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ckslab.evidence import Fact, Need

if TYPE_CHECKING:
    from ckslab.needs.sources import HandedInSources, Sources


@dataclass(frozen=True, slots=True)
class FaultFact:
    """A fault that the seed put into this lab: `signatures` are regular expressions of log lines."""

    name: str
    signatures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabFact:
    """What the lab knows of itself."""

    scenario: str
    lab: str
    nonce: str
    seed: int
    faults: tuple[FaultFact, ...] = ()


@dataclass(frozen=True, slots=True)
class LabNeed(Need[LabFact]):
    """What the lab knows of itself."""

    def words(self) -> str:
        """What is asked."""
        return "the nonce and the faults of the lab"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Ask the lab."""
        return dict.fromkeys(needs, sources.lab.lab_fact())

    @classmethod
    def of_files(cls, needs: Collection[Self], sources: HandedInSources) -> dict[Self, Fact]:
        """What the lab said of itself."""
        lab = sources.lab
        return {need: lab.lab_fact() if lab else need.not_in_files() for need in needs}
