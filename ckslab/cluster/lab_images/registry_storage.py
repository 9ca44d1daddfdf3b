"""An image as the CNCF distribution keeps it in files: blobs by digest, and links that say who has them.

The layout is that of distribution 3.1 (registry/storage/paths.go).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ckslab.cluster.backend import NodeFile
from ckslab.cluster.image_archive import Packed
from ckslab.errors import LabError
from ckslab.kubernetes.image_digests import StoredImage
from ckslab.kubernetes.image_reference import parse_image_reference

if TYPE_CHECKING:
    from ckslab.cluster.backend import Node
    from ckslab.cluster.lab_images.lab_image import LabImage

MANIFEST = """
digest=$(cat "$1/repositories/$2/_manifests/tags/$3/current/link") && hex=${digest#sha256:} &&
    cat "$1/blobs/sha256/$(printf %.2s "$hex")/$hex/data"
"""


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


def held_image(node: Node, image: LabImage) -> StoredImage:
    """What a registry of the node has under the image's tag; LabError where it has nothing of the kind."""
    reference = parse_image_reference(image.reference)
    assert reference is not None  # `storage_files` laid it
    below = f"{image.storage}/docker/registry/v2"
    words = ["held", below, reference.repository, reference.tag]
    done = node.run(["/bin/sh", "-c", MANIFEST, *words], timeout=20)
    try:
        ids = frozenset([json.loads(done.stdout)["config"]["digest"]])
    except (ValueError, KeyError, TypeError) as error:
        why = done.stderr.decode(errors="replace")[-500:]
        raise LabError(f"the registry does not hold {image.reference}", details=why) from error
    digests = frozenset([f"sha256:{hashlib.sha256(done.stdout).hexdigest()}"])
    return StoredImage((f"{reference.registry}/{reference.repository}:{reference.tag}",), digests, ids)


def _link(folder: str, digest: str) -> NodeFile:
    return NodeFile(f"{folder}/link", digest.encode())
