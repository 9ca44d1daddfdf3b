"""The image of a static pod as it was when the lab was handed to the learner, among all that its node had then.

What the node's store says later is the learner's to change: a name can be given to another image.
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
class InitialImageFact:
    """A static pod's image at the start. reference: as its manifest named it. store: all images of the node, this
    one among them.
    """

    reference: str
    image: StoredImage
    store: tuple[StoredImage, ...]


@dataclass(frozen=True, slots=True)
class InitialImageNeed(Need[InitialImageFact]):
    """The image of a static pod, by the name of the pod."""

    pod: str

    def words(self) -> str:
        """What is asked."""
        return f"which image {self.pod} had at the start"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Take what the lab kept at its start."""
        kept = sources.lab.initial_images()
        reset = Unavailable("this lab kept no images of its start: ckslab reset makes it anew")
        return {need: kept.get(need.pod, reset) for need in needs}

    @classmethod
    def of_files(cls, needs: Collection[Self], sources: HandedInSources) -> dict[Self, Fact]:
        """What the lab said of it."""
        if sources.lab is None:
            return {need: need.not_in_files() for need in needs}
        kept = sources.lab.initial_images()
        untold = Unavailable("the archive does not tell which images the lab had at the start")
        return {need: kept.get(need.pod, untold) for need in needs}
