"""An image as the CNCF distribution keeps it in files: blobs by digest, and links that say who has them.

The layout is that of distribution 3.1 (registry/storage/paths.go).
"""

from __future__ import annotations

from collections.abc import Iterator

from ckslab.cluster.backend import NodeFile
from ckslab.cluster.image_archive import Packed
from ckslab.kubernetes.image_reference import parse_image_reference


def storage_files(folder: str, packed: Packed) -> Iterator[NodeFile]:
    """The files of one image below a registry's `folder`, under its tag. ValueError for a name without a tag."""
    reference = parse_image_reference(packed.image.reference)
    if reference is None or not reference.tag:
        raise ValueError(f"{packed.image.reference} has no tag, by which a registry could give it")
    below = f"{folder}/docker/registry/v2"
    for blob in packed.blobs.values():
        yield NodeFile(f"{below}/blobs/sha256/{blob.hex[:2]}/{blob.hex}/data", blob.read())
    repository = f"{below}/repositories/{reference.repository}"
    for blob in (packed.config, *packed.layers):
        yield _link(f"{repository}/_layers/sha256/{blob.hex}", blob.digest)
    manifest, tag = packed.manifest, f"{repository}/_manifests/tags/{reference.tag}"
    for place in (
        f"{repository}/_manifests/revisions/sha256/{manifest.hex}",
        f"{tag}/current",
        f"{tag}/index/sha256/{manifest.hex}",
    ):
        yield _link(place, manifest.digest)


def _link(folder: str, digest: str) -> NodeFile:
    return NodeFile(f"{folder}/link", digest.encode())
