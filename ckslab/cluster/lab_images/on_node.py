"""A lab's images as its node gets them: in the runtime's store, as archives, or in a registry's storage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ckslab.cluster.backend import NodeFile
from ckslab.cluster.image_archive import archive_bytes, pack, write_archive
from ckslab.cluster.lab_images.lab_image import LabImage, made
from ckslab.cluster.lab_images.registry_storage import storage_files


def write_stored(target: Path, images: Sequence[LabImage], architecture: str) -> None:
    """An archive, to be imported into the store, of those that belong there; none where there are none.

    The store knows each by name@digest, too, as after a pull: a Pod can name it so without a registry.
    """
    stored = [made(image, architecture) for image in images if image.stored]
    if stored:
        write_archive(target, stored, architecture, by_digest=True)


def laid_images(images: Sequence[LabImage], architecture: str) -> tuple[NodeFile, ...]:
    """The files of those that are not in the store.

    Archives are as `docker save` would have made them; images that name one archive lie in it together, in their
    order.
    """
    paths = dict.fromkeys(image.archive for image in images if image.archive)
    held = (pack(made(one, architecture), architecture) for one in images if one.storage)
    folders = (one.storage for one in images if one.storage)
    kept = {
        file.path: file for folder, one in zip(folders, held, strict=True) for file in storage_files(folder, one)
    }
    lying = tuple(
        NodeFile(
            path, archive_bytes([made(one, architecture) for one in images if one.archive == path], architecture)
        )
        for path in paths
    )
    return (*lying, *kept.values())
