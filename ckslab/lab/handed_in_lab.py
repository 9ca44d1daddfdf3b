"""What the lab of handed-in files said of itself, as checks ask a lab; believed as far as the files are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ckslab.errors import UsageError
from ckslab.evidence import FileFact, Unavailable
from ckslab.handed_in import HandedIn
from ckslab.handed_in.lab_document import LabDocument, read_lab_document
from ckslab.kubernetes.image_digests import StoredImage
from ckslab.lab import initial_images, initial_scans
from ckslab.lab.laid_files import laid_files
from ckslab.needs.copies import CopiesFact, CopiesNeed
from ckslab.needs.initial_image import InitialImageFact
from ckslab.needs.lab import FaultFact, LabFact
from ckslab.needs.objects import ObjectNeed, ObjectsFact
from ckslab.needs.service import ServiceFact
from ckslab.scanning.report import ScanReport
from ckslab.scenario.faults import draw_faults
from ckslab.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class HandedInLab:
    """See `ckslab.needs.sources.LabSource`. scenario: as it is here, with the lab's nonce filled in."""

    document: LabDocument
    scenario: Scenario

    @property
    def changed(self) -> bool:
        """Whether the lab was made of another version of the scenario; of labs of ckslab 0.1.0 nobody knows."""
        return self.document.digest not in ("", self.scenario.digest)

    def lab_fact(self) -> LabFact | Unavailable:
        """Its nonce, seed and faults: which those were, another version of the scenario does not tell."""
        said = self.document
        if self.scenario.faults is not None and said.digest != self.scenario.digest:
            return Unavailable("the lab was made of another version of the scenario, so its faults are not known")
        faults = draw_faults(self.scenario.faults, said.seed)
        facts = tuple(FaultFact(fault.id, fault.signatures) for fault in faults)
        return LabFact(said.scenario, said.lab, said.nonce, said.seed, facts)

    def service_fact(self, name: str) -> ServiceFact | None:
        """One of its services, None where the scenario's is of another kind."""
        said, wanted = self.document.services.get(name), self.scenario.services.get(name)
        if said is None or wanted is None or said.kind != wanted.kind:
            return None
        return ServiceFact(name, said.kind, said.url, said.values)

    def initial_files(self, paths: Collection[str]) -> dict[str, FileFact | Unavailable]:
        """Digests of files at the start, by path; of those that the scenario lays the content."""
        return {path: self._initial(path) for path in paths}

    def initial_objects(self) -> dict[ObjectNeed, ObjectsFact]:
        """None: what became of objects only a running cluster tells."""
        return {}

    def initial_images(self) -> dict[str, InitialImageFact]:
        """The images of static pods at the start, by the pod's name."""
        return initial_images.facts(self.document.initial_images)

    def initial_scans(self) -> Mapping[str, ScanReport]:
        """What was found in images of its node at the start."""
        return initial_scans.facts(self.document.initial_scans)

    def copies(self) -> dict[CopiesNeed, CopiesFact]:
        """What lay on its node when its files were handed in."""
        return {CopiesNeed(one.path, one.folder): CopiesFact(one.found, one.unread) for one in self.document.copies}

    def initial_store(self) -> tuple[StoredImage, ...] | None:
        """All images of the node then, where a check asks for any."""
        return initial_images.store(self.document.initial_images)

    def _initial(self, path: str) -> FileFact | Unavailable:
        said = self.document.initial_files.get(path)
        if said is None:
            return Unavailable(f"the archive does not tell how {path} was at the start")
        laid = laid_files(self.scenario).get(path)
        if laid and said.kind == "file" and said.sha256 == laid.sha256:
            return laid
        return FileFact(path, said.kind, sha256=said.sha256, entries=said.entries)


def lab_document(files: HandedIn, scenario: str | None) -> LabDocument | None:
    """What the lab of handed-in files says of itself, None where nothing does.

    UsageError: it cannot be read, or it is a lab of another scenario than the one that is asked for.
    """
    if files.lab is None:
        return None
    said = read_lab_document(files.lab, files.source)
    if scenario not in (None, said.scenario):
        advice = f"ckslab grade --files {files.source} {said.scenario}"
        raise UsageError(f"{files.source} was handed in for {said.scenario}, not for {scenario}", advice=advice)
    return said
