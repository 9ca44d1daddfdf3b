"""The containers of a static pod that run: of which image each is, and for which `image:` it was made."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from ckslab.evidence import Fact, Need

if TYPE_CHECKING:
    from ckslab.control_plane.containers import PodContainer
    from ckslab.needs.sources import Sources


@dataclass(frozen=True, slots=True)
class RunningContainersFact:
    """The containers of a static pod whose processes run."""

    containers: tuple[PodContainer, ...]


@dataclass(frozen=True, slots=True)
class RunningContainersNeed(Need[RunningContainersFact]):
    """Of one static pod, by the name that its manifest has."""

    live: ClassVar[bool] = True
    pod: str

    def words(self) -> str:
        """What is asked."""
        return f"which containers of {self.pod} run"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Ask containerd; the mirror pod's status comes late."""
        from ckslab.control_plane.containers import of_static_pod

        return {need: _running(of_static_pod(sources.node, need.pod)) for need in needs}


def _running(found: Collection[PodContainer]) -> RunningContainersFact:
    return RunningContainersFact(tuple(one for one in found if one.running))
