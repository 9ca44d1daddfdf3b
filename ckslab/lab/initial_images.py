"""The initial images of a lab: those of its node's store and of its registries, and which of them a static pod had
that a check names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from ckslab.checks import CHECK_TYPES
from ckslab.cluster.backend import Node
from ckslab.cluster.lab_images import LabImage
from ckslab.cluster.lab_images.registry_storage import held_image
from ckslab.cluster.node.image_store import stored_images
from ckslab.errors import LabError
from ckslab.evidence import FileFact, Need
from ckslab.handed_in.lab_document import ImageDocument, InitialImagesDocument
from ckslab.kubernetes.image_digests import StoredImage, image_named
from ckslab.kubernetes.static_pod.manifest import MANIFESTS, read_manifest
from ckslab.lab.initial_files import InitialFiles
from ckslab.needs.initial_image import InitialImageFact, InitialImageNeed
from ckslab.needs.initial_store import InitialStoreNeed
from ckslab.scenario.model import Scenario
from ckslab.store.disk import read_json, write_json

FILE = "initial-images.json"


def compared(scenario: Scenario) -> frozenset[str]:
    """The static pods of which a check of the scenario asks what their image was at the start."""
    return frozenset(need.pod for need in _needs(scenario) if isinstance(need, InitialImageNeed))


def wanted(scenario: Scenario) -> bool:
    """Whether a check of the scenario asks for any image of the start."""
    return any(isinstance(need, InitialImageNeed | InitialStoreNeed) for need in _needs(scenario))


def _needs(scenario: Scenario) -> Iterator[Need]:
    for check in scenario.checks:
        yield from CHECK_TYPES[check.type].needs(check.params)


def capture(node: Node, folder: Path, pods: Collection[str], laid: Sequence[LabImage] = ()) -> None:
    """Keep the images of the store as they are now, and what the initial manifests name, in the lab's folder.

    laid: those of the set-up, of which registries have some under names that the store does not know. LabError
    where the store does not hold what a manifest names.
    """
    initial, images = InitialFiles(folder), stored_images(node)
    known = {name for one in images for name in one.names}
    held = (held_image(node, one) for one in laid if one.storage)
    images = (*images, *(one for one in held if not known.issuperset(one.names)))
    named = {pod: reference_of(initial, pod) for pod in sorted(pods)}
    for pod, reference in named.items():
        if image_named(reference, images) is None:
            raise LabError(f"the node's store does not hold the image of {pod}: {reference or 'it names none'}")
    keep(folder, named, images)


def keep(folder: Path, pods: Mapping[str, str], images: Collection[StoredImage]) -> None:
    """Write them. pods: static pod -> its image as its manifest names it."""
    listed = tuple(
        ImageDocument(names=one.names, digests=tuple(sorted(one.digests)), ids=tuple(sorted(one.ids)))
        for one in images
    )
    write_json(folder / FILE, InitialImagesDocument(pods=dict(pods), images=listed).model_dump(mode="json"))


def read(folder: Path) -> InitialImagesDocument | None:
    """What was kept; None in a lab that kept none. LabError: the file is damaged."""
    way_out = f"ckslab reset {folder.name}"
    try:
        return InitialImagesDocument.model_validate(read_json(folder / FILE, way_out=way_out))
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise LabError(f"{folder / FILE} is damaged: {error.error_count()} problems", advice=way_out) from error


def facts(kept: InitialImagesDocument | None) -> dict[str, InitialImageFact]:
    """By static pod; one whose image is none of those that were kept is left out."""
    if kept is None:
        return {}
    images = store(kept) or ()
    named = {pod: (reference, image_named(reference, images)) for pod, reference in kept.pods.items()}
    return {pod: InitialImageFact(text, image, images) for pod, (text, image) in named.items() if image}


def store(kept: InitialImagesDocument | None) -> tuple[StoredImage, ...] | None:
    """All images that were kept; None where none were."""
    if kept is None:
        return None
    return tuple(StoredImage(one.names, frozenset(one.digests), frozenset(one.ids)) for one in kept.images)


def reference_of(initial: InitialFiles, pod: str) -> str:
    """The image of a static pod as its initial manifest names it; "" where there is none."""
    path = f"{MANIFESTS}/{pod}.yaml"
    text = (initial(path) or b"").decode(errors="replace")
    found = read_manifest(path, FileFact(path, "file", text=text)).pod
    return found.image if found else ""
