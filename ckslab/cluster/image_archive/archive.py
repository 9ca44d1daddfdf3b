"""An archive of images as `docker save` writes it today: a docker-archive and an OCI image layout in one.

containerd (core/images/archive/importer.go, 2.2) takes the layout where there is one, and so keeps our own
manifests; `docker load` of any version and Trivy's `--input` read manifest.json.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from ckslab.cluster.image_archive.blob import Blob
from ckslab.cluster.image_archive.image import Image
from ckslab.cluster.image_archive.layer import TAR_END, tar_header, tar_padding
from ckslab.cluster.image_archive.packed import MANIFEST, Packed, descriptor, json_bytes, pack_all
from ckslab.errors import LabError
from ckslab.kubernetes.image_reference import ImageReference, parse_image_reference

INDEX = "application/vnd.oci.image.index.v1+json"


def write_archive(
    target: Path, images: Sequence[Image], architecture: str, *, by_digest: bool = False
) -> tuple[Packed, ...]:
    """Write all `images` into one archive at `target`, and return them as packed. Equal inputs give equal archives.

    by_digest: who imports it knows each image as NAME@DIGEST, too, as after a pull.
    Raises LabError for a reference that is none, and where a file cannot be read.
    """
    packed = pack_all(images, architecture)
    with target.open("wb") as archive:
        _write(archive, packed, by_digest)
    return packed


def archive_bytes(images: Sequence[Image], architecture: str) -> bytes:
    """The same archive in memory, for small images."""
    archive = io.BytesIO()
    _write(archive, pack_all(images, architecture), by_digest=False)
    return archive.getvalue()


def _write(archive: BinaryIO, packed: Sequence[Packed], by_digest: bool) -> None:
    blobs = {digest: blob for one in packed for digest, blob in one.blobs.items()}
    for name, blob in [*_front(packed, by_digest), *((blob.path, blob) for blob in blobs.values())]:
        archive.write(tar_header(name, blob.size))
        blob.write(archive)
        archive.write(tar_padding(blob.size))
    archive.write(TAR_END)


def _front(packed: Sequence[Packed], by_digest: bool) -> Iterator[tuple[str, Blob]]:
    """The files that say what the blobs are; first, so that a reader of the stream knows it soon."""
    index = [named for one in packed for named in _index_entries(one, by_digest)]
    yield "oci-layout", Blob.of(json_bytes({"imageLayoutVersion": "1.0.0"}))
    yield "index.json", Blob.of(json_bytes({"schemaVersion": 2, "mediaType": INDEX, "manifests": index}))
    yield "manifest.json", Blob.of(json_bytes([_docker_entry(one) for one in packed]))


def _index_entries(one: Packed, by_digest: bool) -> Iterator[dict[str, Any]]:
    reference = _whole(one.image.reference)
    name = f"{reference.registry}/{reference.repository}"
    platform = {"architecture": one.architecture, "os": "linux"}
    for whole in [str(reference), f"{name}@{one.manifest.digest}"] if by_digest else [str(reference)]:
        annotations = {"io.containerd.image.name": whole}
        if whole == str(reference):
            annotations["org.opencontainers.image.ref.name"] = reference.tag
        yield descriptor(MANIFEST, one.manifest, platform=platform, annotations=annotations)


def _docker_entry(one: Packed) -> dict[str, Any]:
    reference = _whole(one.image.reference)
    tag = f"{reference.name}:{reference.tag}"
    return {"Config": one.config.path, "RepoTags": [tag], "Layers": [layer.path for layer in one.layers]}


def _whole(text: str) -> ImageReference:
    """The reference with all defaults; a digest is what an image has, and not what it is called."""
    found = parse_image_reference(text)
    if found is None or found.digest:
        raise LabError(f"an image cannot be called {text!r}", advice="Name it like registry.example.com/app:1.4.")
    return ImageReference(found.registry, found.repository, found.tag or "latest", "", found.name)
