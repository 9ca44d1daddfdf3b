"""The images that a lab's node had in its store, and its registries, when the lab was handed to the learner.

What they say later is the learner's to change: a name can be given to another image.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ckslab.evidence import Fact, Need, Unavailable

if TYPE_CHECKING:
    from ckslab.kubernetes.image_digests import StoredImage
    from ckslab.needs.sources import HandedInSources, Sources


@dataclass(frozen=True, slots=True)
class InitialStoreFact:
    """All images of the node at the start, those of its registries too, each with its names and digests then."""

    images: tuple[StoredImage, ...]


@dataclass(frozen=True, slots=True)
class InitialStoreNeed(Need[InitialStoreFact]):
    """The images of the node at the start."""

    def words(self) -> str:
        """What is asked."""
        return "which images the node had at the start"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Take what the lab kept at its start."""
        kept = sources.lab.initial_store()
        reset = Unavailable("this lab kept no images of its start: ckslab reset makes it anew")
        return dict.fromkeys(needs, reset if kept is None else InitialStoreFact(kept))

    @classmethod
    def of_files(cls, needs: Collection[Self], sources: HandedInSources) -> dict[Self, Fact]:
        """What the lab said of it."""
        if sources.lab is None:
            return {need: need.not_in_files() for need in needs}
        kept = sources.lab.initial_store()
        untold = Unavailable("the archive does not tell which images the lab had at the start")
        return dict.fromkeys(needs, untold if kept is None else InitialStoreFact(kept))
