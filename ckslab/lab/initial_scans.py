"""The initial scans of a lab: what Trivy finds in those images of its node that a check asks for.

They are made when the lab is, so that a grade waits for none, and is not misled by what became of the images. Equal
images are scanned once: their reports lie in the cache.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from ckslab.checks import CHECK_TYPES
from ckslab.cluster import binaries
from ckslab.cluster.backend import Node
from ckslab.cluster.lab_images.as_written import written_archive
from ckslab.cluster.node.image_store import stored_images
from ckslab.errors import LabError
from ckslab.handed_in.lab_document import InitialScansDocument, ScanDocument
from ckslab.kubernetes.image_digests import StoredImage, image_named
from ckslab.lab.initial_files import InitialFiles
from ckslab.lab.initial_images import reference_of
from ckslab.needs.scan import ScanNeed
from ckslab.progress import Progress
from ckslab.scanning import database
from ckslab.scanning.on_node import scan_archive, scan_given, scan_stored
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

    LabError where the store does not hold one, where one cannot be scanned, or where a scan contradicts the
    scenario.
    """
    progress.step("scanning the images")
    initial = InitialFiles(folder)
    images = stored_images(node) if any(need.image or need.pod for need in needs) else ()
    found = {}
    for need in needs:
        if need.key not in found:
            found[need.key] = _found(node, need, initial, images)
        if wrong := need.contradicted(found[need.key].report()):
            raise LabError(wrong, advice="this is a mistake of the scenario: tell its author")
    write_json(folder / FILE, InitialScansDocument(root=found).model_dump(mode="json"))


def _found(node: Node, need: ScanNeed, initial: InitialFiles, images: Sequence[StoredImage]) -> ScanDocument:
    if need.made:
        archive = written_archive(need.made)
        return _scanned(lambda: scan_given(node, archive, need.about), [hashlib.sha256(archive).hexdigest()])
    if need.archive:
        return _scanned(lambda: scan_archive(node, need.archive), [_digest(node, need.archive)])
    reference = need.image or reference_of(initial, need.pod)
    image = image_named(reference, images)
    if image is None:
        raise LabError(f"the node's store does not hold {reference or f'an image of {need.pod}'}")

    def scan() -> ScanReport:
        report = scan_stored(node, reference)
        if report.image_id not in image.ids:
            raise LabError(f"the scan of {reference} is of another image: {report.image_id[:19]}")
        return report

    return _scanned(scan, sorted(image.ids))


def _digest(node: Node, path: str) -> str:
    done = node.run(["sha256sum", "--", path], timeout=60)
    found = re.match(rb"([0-9a-f]{64})  ", done.stdout)
    if done.returncode or not found:
        raise LabError(f"{path} cannot be read on the node", details=done.stderr.decode(errors="replace")[-500:])
    return found[1].decode()


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


def _scanned(scan: Callable[[], ScanReport], digests: Sequence[str]) -> ScanDocument:
    """From the cache where what has these digests was scanned before, with this Trivy and this database."""
    about = " ".join((*digests, database.digest(), binaries.load().version("trivy")))
    path = binaries.cache_dir().parent / CACHE / f"{hashlib.sha256(about.encode()).hexdigest()}.json"
    try:
        return ScanDocument.model_validate(read_json(path, way_out=""))
    except (FileNotFoundError, LabError, ValidationError):
        pass  # never scanned, or its report is damaged: it is made anew
    kept = ScanDocument.of(scan())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, kept.model_dump(mode="json"))
    return kept
