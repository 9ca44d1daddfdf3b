"""A lab's images as its node gets them: in the store of its container runtime, or as archives that lie there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ckslab.cluster.backend import NodeFile
from ckslab.cluster.image_archive import archive_bytes, write_archive
from ckslab.cluster.lab_images.lab_image import LabImage, made


def write_stored(target: Path, images: Sequence[LabImage], architecture: str) -> None:
    """An archive, to be imported into the store, of those that belong there; none where there are none."""
    stored = [made(image, architecture) for image in images if not image.archive]
    if stored:
        write_archive(target, stored, architecture)


def archives(images: Sequence[LabImage], architecture: str) -> tuple[NodeFile, ...]:
    """The files of those that lie on the node as archives, as `docker save` would have made them.

    Images that name one archive lie in it together, in their order.
    """
    paths = dict.fromkeys(image.archive for image in images if image.archive)
    return tuple(
        NodeFile(
            path, archive_bytes([made(one, architecture) for one in images if one.archive == path], architecture)
        )
        for path in paths
    )
