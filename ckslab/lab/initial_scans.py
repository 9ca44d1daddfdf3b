"""The initial scans of a lab: what Trivy finds in those images of its node that a check asks for.

They are made when the lab is, so that a grade waits for none, and is not misled by what became of the images. Equal
images are scanned once: their reports lie in the cache.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import ValidationError

from ckslab.checks import CHECK_TYPES
from ckslab.cluster import binaries
from ckslab.cluster.backend import Node
from ckslab.cluster.node.image_store import stored_images
from ckslab.errors import LabError
from ckslab.handed_in.lab_document import InitialScansDocument, ScanDocument
from ckslab.kubernetes.image_digests import StoredImage, image_named
from ckslab.lab.initial_files import InitialFiles
from ckslab.lab.initial_images import reference_of
from ckslab.needs.scan import ScanNeed
from ckslab.progress import Progress
from ckslab.scanning import database
from ckslab.scanning.on_node import scan_stored
from ckslab.scanning.report import ScanReport
from ckslab.scenario.model import Scenario
from ckslab.store.disk import read_json, write_json

FILE = "initial-scans.json"
CACHE = "scans"


def compared(scenario: Scenario) -> tuple[ScanNeed, ...]:
    """The scans for which a check of the scenario asks."""
    needs = (need for check in scenario.checks for need in CHECK_TYPES[check.type].needs(check.params))
    return tuple(dict.fromkeys(need for need in needs if isinstance(need, ScanNeed)))


def capture(node: Node, folder: Path, needs: Collection[ScanNeed], progress: Progress) -> None:
    """Scan the images as they are now, and keep what was found in the lab's folder.

    LabError where the store does not hold one, or where one cannot be scanned.
    """
    progress.step("scanning the images")
    initial, images = InitialFiles(folder), stored_images(node)
    found = {}
    for need in needs:
        reference = need.image or reference_of(initial, need.pod)
        image = image_named(reference, images)
        if image is None:
            raise LabError(f"the node's store does not hold {reference or f'an image of {need.pod}'}")
        found[need.key] = _scanned(node, reference, image)
    write_json(folder / FILE, InitialScansDocument(root=found).model_dump(mode="json"))


def read(folder: Path) -> InitialScansDocument | None:
    """What was kept; None in a lab that kept none. LabError: the file is damaged."""
    way_out = f"ckslab reset {folder.name}"
    try:
        return InitialScansDocument.model_validate(read_json(folder / FILE, way_out=way_out))
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise LabError(f"{folder / FILE} is damaged: {error.error_count()} problems", advice=way_out) from error


def facts(kept: InitialScansDocument | None) -> Mapping[str, ScanReport]:
    """By the needs' keys."""
    return {} if kept is None else {key: one.report() for key, one in kept.root.items()}


def _scanned(node: Node, name: str, image: StoredImage) -> ScanDocument:
    """From the cache where an image of these IDs was scanned before, with this Trivy and this database."""
    about = " ".join((*sorted(image.ids), database.digest(), binaries.load().version("trivy")))
    path = binaries.cache_dir().parent / CACHE / f"{hashlib.sha256(about.encode()).hexdigest()}.json"
    try:
        return ScanDocument.model_validate(read_json(path, way_out=""))
    except (FileNotFoundError, LabError, ValidationError):
        pass  # never scanned, or its report is damaged: it is made anew
    report = scan_stored(node, name)
    if report.image_id not in image.ids:
        raise LabError(f"the scan of {name} is of another image: {report.image_id[:19]}")
    made = ScanDocument.of(report)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, made.model_dump(mode="json"))
    return made
