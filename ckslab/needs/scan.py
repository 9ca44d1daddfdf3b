"""What the lab's Trivy found in an image of the node when the lab was made, before anybody could change it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ckslab.evidence import Fact, Need, Unavailable
from ckslab.scanning.report import ScanReport

if TYPE_CHECKING:
    from ckslab.needs.sources import HandedInSources, Sources


@dataclass(frozen=True, slots=True)
class ScanNeed(Need[ScanReport]):
    """One image: `pod`, that of the static pod of this name, or `image`, by a name that the node's store has."""

    pod: str = ""
    image: str = ""

    def words(self) -> str:
        """What is asked."""
        return f"what Trivy finds in {self.image or f'the image of {self.pod}'}"

    @property
    def key(self) -> str:
        """By which a lab keeps it."""
        return self.image or f"pod/{self.pod}"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Take what the lab kept at its start."""
        kept = sources.lab.initial_scans()
        reset = Unavailable("this lab kept no scans of its start: ckslab reset makes it anew")
        return {need: kept.get(need.key, reset) for need in needs}

    @classmethod
    def of_files(cls, needs: Collection[Self], sources: HandedInSources) -> dict[Self, Fact]:
        """What the lab said of it."""
        if sources.lab is None:
            return {need: need.not_in_files() for need in needs}
        kept = sources.lab.initial_scans()
        untold = Unavailable("the archive does not tell what was found in the lab's images at the start")
        return {need: kept.get(need.key, untold) for need in needs}
