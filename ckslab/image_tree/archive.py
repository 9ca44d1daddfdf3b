"""An image out of the archive that `ctr images export` makes: OCI's layout, each part compared with its digest."""

from __future__ import annotations

import hashlib
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from ckslab.image_tree.image import Config, ImageTree, OtherPacking, TooLarge, Unreadable
from ckslab.image_tree.layers import tree_of
from ckslab.strict import first_problem

MAX_LAYERS = 127
"""More does overlayfs not mount (containerd's snapshotter refuses them)."""
MAX_UNPACKED = 256 << 20
"""Bytes of all layers together."""
MAX_DOCUMENT = 4 << 20
MAX_PARTS = 1000

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


class _Descriptor(BaseModel):
    digest: Digest


class _Manifest(BaseModel):
    """A manifest (config, layers) or an index (manifests)."""

    config: _Descriptor | None = None
    layers: tuple[_Descriptor, ...] = Field((), max_length=10_000)
    manifests: tuple[_Descriptor, ...] = Field((), max_length=100)


class _RootFs(BaseModel):
    diff_ids: tuple[Digest, ...] = Field(max_length=10_000)


class _Document(BaseModel):
    """image-spec v1.1, config.md."""

    rootfs: _RootFs
    config: dict[str, object] = Field(default_factory=dict)


def read_image(archive: bytes) -> ImageTree:
    """The image of an archive with one image in it. Unreadable where it makes no sense, TooLarge, OtherPacking."""
    blobs = _parts(archive)
    manifest = _manifest(blobs)
    if len(manifest.layers) > MAX_LAYERS:
        raise Unreadable(
            f"the image has {len(manifest.layers)} layers, and {MAX_LAYERS} are the most that can be mounted"
        )
    if manifest.config is None:
        raise Unreadable("its manifest names no configuration")
    try:
        document = _Document.model_validate_json(_blob(blobs, manifest.config.digest)[:MAX_DOCUMENT])
        config = _config({key: value for key, value in document.config.items() if value})
    except ValidationError as error:
        raise Unreadable(f"its configuration makes no sense: {first_problem(error)}") from error
    sizes: list[int] = []
    layers = _layers(blobs, manifest, document.rootfs.diff_ids, sizes)
    files, covered = tree_of(layers)
    return ImageTree(config, sum(sizes), len(sizes), files, covered)


def _config(said: Mapping[str, object]) -> Config:
    known = {field.alias for field in Config.model_fields.values()}
    return Config.model_validate({**said, "others": {key: said[key] for key in said.keys() - known}})


def _parts(archive: bytes) -> Mapping[str, bytes]:
    """The files of the archive by name."""
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=BytesIO(archive), mode="r:") as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isfile() else None
                if content is not None:
                    found[member.name] = content.read()
                if len(found) > MAX_PARTS:
                    raise Unreadable(f"the archive has more than {MAX_PARTS} parts")
    except (tarfile.TarError, ValueError, OSError, EOFError) as error:
        raise Unreadable(f"the archive is no tar: {error}") from error
    return found


def _blob(blobs: Mapping[str, bytes], digest: str) -> bytes:
    held = blobs.get(f"blobs/sha256/{digest.removeprefix('sha256:')}")
    if held is None:
        raise Unreadable(f"{digest[:19]} is not in the archive")
    if f"sha256:{hashlib.sha256(held).hexdigest()}" != digest:
        raise Unreadable(f"{digest[:19]} is not what its digest says")
    return held


def _manifest(blobs: Mapping[str, bytes]) -> _Manifest:
    """The first manifest that the archive holds, through indexes."""
    try:
        found = _Manifest.model_validate_json(blobs.get("index.json", b"")[:MAX_DOCUMENT])
        for _ in range(3):
            if not found.manifests:
                break
            here = [one for one in found.manifests if f"blobs/sha256/{one.digest[7:]}" in blobs]
            if not here:
                raise Unreadable("its manifest is not in the archive")
            found = _Manifest.model_validate_json(_blob(blobs, here[0].digest)[:MAX_DOCUMENT])
    except ValidationError as error:
        raise Unreadable(f"its manifest makes no sense: {first_problem(error)}") from error
    return found


def _layers(
    blobs: Mapping[str, bytes], manifest: _Manifest, diff_ids: tuple[str, ...], sizes: list[int]
) -> Iterator[bytes]:
    """Each layer unpacked, the lowest first; sizes: filled with their bytes."""
    if len(diff_ids) != len(manifest.layers):
        raise Unreadable(f"its configuration tells of {len(diff_ids)} layers, and there are {len(manifest.layers)}")
    for descriptor, diff_id in zip(manifest.layers, diff_ids, strict=True):
        layer = _unpacked(_blob(blobs, descriptor.digest), MAX_UNPACKED - sum(sizes))
        if f"sha256:{hashlib.sha256(layer).hexdigest()}" != diff_id:
            raise Unreadable("a layer is not what the configuration says")
        sizes.append(len(layer))
        yield layer


def _unpacked(layer: bytes, left: int) -> bytes:
    if layer.startswith(b"\x28\xb5\x2f\xfd"):
        raise OtherPacking("a layer is packed by zstd")
    if not layer.startswith(b"\x1f\x8b"):
        unpacked = layer
    else:
        try:
            unpacked = zlib.decompressobj(wbits=31).decompress(layer, max(left, 1) + 1)
        except zlib.error as error:
            raise Unreadable(f"a layer cannot be unpacked: {error}") from error
    if len(unpacked) > left:
        raise TooLarge(f"the image has more than {MAX_UNPACKED >> 20} MiB, which is not looked into")
    return unpacked
