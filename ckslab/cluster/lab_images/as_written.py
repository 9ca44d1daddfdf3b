"""An image as a scenario describes it, as the lab makes it."""

from __future__ import annotations

from dataclasses import replace

from ckslab.cluster import binaries
from ckslab.cluster.image_archive import archive_bytes
from ckslab.cluster.lab_images.lab_image import LabImage, made
from ckslab.scenario.image_document import ImageDocument


def lab_image(said: ImageDocument, storage: str = "") -> LabImage:
    """The image that an author describes. storage: the folder of the registry that has it, on the node."""
    return LabImage(
        reference=said.name,
        base=said.base,
        release=said.os or "",
        packages=said.packages,
        available=said.available,
        files={path: text.encode() for path, text in said.files.items()},
        user=said.user or "",
        entrypoint=said.entrypoint,
        cmd=said.cmd,
        env=said.env,
        labels=said.labels,
        archive=said.archive or "",
        storage=storage,
    )


def written_archive(said: str, reference: str = "") -> bytes:
    """An archive with the image that an `ImageDocument` in JSON describes, for scanners to look into: the programs
    in it are of this machine's architecture. reference: its name instead of the one that it has there.

    LabError where ckslab has no programs for this machine's architecture.
    """
    image = lab_image(ImageDocument.model_validate_json(said))
    arch = binaries.load().arch
    return archive_bytes([made(replace(image, reference=reference or image.reference), arch)], arch)
