"""Facts that the lab itself has: its nonce and faults, its services, its files at the start."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ckslab.evidence import FileFact, Unavailable
from ckslab.handed_in import open_handed_in
from ckslab.kubernetes.image_digests import StoredImage
from ckslab.lab import initial_images, initial_objects, initial_scans
from ckslab.lab.initial_files import FILE
from ckslab.lab.model import Lab
from ckslab.lab.services import read_services
from ckslab.needs.copies import CopiesFact, CopiesNeed
from ckslab.needs.initial_image import InitialImageFact
from ckslab.needs.lab import FaultFact, LabFact
from ckslab.needs.objects import ObjectNeed, ObjectsFact
from ckslab.needs.service import ServiceFact
from ckslab.scanning.report import ScanReport


@dataclass(frozen=True, slots=True)
class LabFacts:
    """See `ckslab.needs.sources.LabSource`. found: what lies on its node, where its files are handed in."""

    lab: Lab
    found: Mapping[CopiesNeed, CopiesFact] = field(default_factory=dict)

    def lab_fact(self) -> LabFact:
        """Its nonce, seed and faults."""
        lab = self.lab
        faults = tuple(FaultFact(fault.id, fault.signatures) for fault in lab.faults)
        return LabFact(lab.scenario.id, lab.name, lab.record.nonce, lab.record.seed, faults)

    def service_fact(self, name: str) -> ServiceFact | None:
        """One of its services."""
        return next((one for one in read_services(self.lab.folder) if one.name == name), None)

    def initial_files(self, paths: Collection[str]) -> dict[str, FileFact | Unavailable]:
        """Files as they were when the lab was handed to the learner, by path."""
        with open_handed_in(self.lab.folder / FILE).reader() as reader:
            return {path: reader.file(path) for path in sorted(paths)}

    def initial_objects(self) -> Mapping[ObjectNeed, ObjectsFact]:
        """The API objects as they were then, of those that its scenario's checks compare with them."""
        return initial_objects.read(self.lab.folder)

    def initial_images(self) -> Mapping[str, InitialImageFact]:
        """The images of static pods as they were then, by the pod's name, of those that its checks compare with."""
        return initial_images.facts(initial_images.read(self.lab.folder))

    def initial_scans(self) -> Mapping[str, ScanReport]:
        """What was found in images of its node then."""
        return initial_scans.facts(initial_scans.read(self.lab.folder))

    def copies(self) -> Mapping[CopiesNeed, CopiesFact]:
        """What lies on its node, where its files are handed in."""
        return self.found

    def initial_store(self) -> tuple[StoredImage, ...] | None:
        """All images of the node then, where a check asks for any."""
        return initial_images.store(initial_images.read(self.lab.folder))
