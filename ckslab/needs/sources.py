"""Where facts come from: a running lab as collectors use it, or files that were handed in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ckslab.progress import Progress, Silent

if TYPE_CHECKING:
    from ckslab.cluster.api import Api
    from ckslab.cluster.backend import Node
    from ckslab.control_plane.policies import Enforcer
    from ckslab.control_plane.settle import Settled
    from ckslab.evidence import FileFact, Unavailable
    from ckslab.handed_in import HandedIn
    from ckslab.kubernetes.image_digests import StoredImage
    from ckslab.needs.copies import CopiesFact, CopiesNeed
    from ckslab.needs.initial_image import InitialImageFact
    from ckslab.needs.lab import LabFact
    from ckslab.needs.objects import ObjectNeed, ObjectsFact
    from ckslab.needs.probe import ImageReviewLogEntry
    from ckslab.needs.service import ServiceFact
    from ckslab.scanning.report import ScanReport


class LabSource(Protocol):
    """What the lab itself knows, whatever its node does."""

    def lab_fact(self) -> LabFact | Unavailable:
        """Its nonce, seed and faults."""

    def service_fact(self, name: str) -> ServiceFact | None:
        """One of its services, None if it has none of that name."""

    def initial_files(self, paths: Collection[str]) -> Mapping[str, FileFact | Unavailable]:
        """Files as they were when the lab was handed to the learner, by path: of each its content or its digest."""

    def initial_objects(self) -> Mapping[ObjectNeed, ObjectsFact]:
        """The API objects as they were then, of those that its scenario's checks compare with them."""

    def initial_images(self) -> Mapping[str, InitialImageFact]:
        """The images of static pods as they were then, by the pod's name, of those that its checks compare with."""

    def initial_scans(self) -> Mapping[str, ScanReport]:
        """What Trivy found in images of the node then, by `ScanNeed.key`."""

    def copies(self) -> Mapping[CopiesNeed, CopiesFact]:
        """What lay on its node when its files were handed in; nothing while the node itself can be asked."""

    def initial_store(self) -> tuple[StoredImage, ...] | None:
        """All images of the node then; None where no check asks for any."""


class RunningService(Protocol):
    """One service of the lab, as probes use it."""

    def ensure(self, node: Node) -> None:
        """It serves, or is started again; CkslabError when it cannot be."""

    def missed(self, words: str) -> bool:
        """Whether these words of the kubelet are of a pull from it that did not reach it."""

    def stopped(self, node: Node) -> AbstractContextManager[None]:
        """It refuses connections meanwhile, and serves again when we are done, or dead."""

    def reviews(self, node: Node) -> Mapping[str, Sequence[ImageReviewLogEntry]] | None:
        """What it was asked lately, by the nonces of probes; None for a kind that is asked nothing about them."""


@dataclass(frozen=True, slots=True)
class Sources:
    """A running lab. settled: its control plane as it settled, None where only files are asked for.

    services: by name. add_ons: those of them that enforce policies, as one. progress: told of what is waited for.
    """

    node: Node
    api: Api
    settled: Settled | None
    lab: LabSource
    services: Mapping[str, RunningService]
    add_ons: Enforcer | None = None
    progress: Progress = field(default_factory=Silent)

    @property
    def ended(self) -> bool:
        """Whether the API server has ended on its present files (the kubelet starts it again and again)."""
        return self.settled is not None and self.settled.state == "ended"


@dataclass(frozen=True, slots=True)
class HandedInSources:
    """Files that were handed in. lab: what their lab said of itself, None where nothing did.

    laid: by path, files as a lab of the scenario has them at its start, whichever lab it is.
    """

    files: HandedIn
    lab: LabSource | None = None
    laid: Mapping[str, FileFact] = field(default_factory=dict)
