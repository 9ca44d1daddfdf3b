"""An image packed: its manifest, configuration and layers as OCI blobs, and so its digests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckslab.cluster.image_archive.blob import Blob
from ckslab.cluster.image_archive.image import Image, ImageConfig, Layer
from ckslab.cluster.image_archive.layer import layer_blob, with_folders

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"

CREATED = "1970-01-01T00:00:00Z"
"""Of every image: when it was made is no part of what it is."""


@dataclass(frozen=True, slots=True)
class Packed:
    """An image as containerd and a registry keep it.

    The manifest's digest is what `name@digest` means, the configuration's is the image ID.
    """

    image: Image
    architecture: str
    manifest: Blob
    config: Blob
    layers: tuple[Blob, ...]

    @property
    def blobs(self) -> Mapping[str, Blob]:
        """All content by digest, the manifest among it."""
        return {blob.digest: blob for blob in (self.manifest, self.config, *self.layers)}


def pack(image: Image, architecture: str) -> Packed:
    """The image for linux/`architecture` (a Go name: amd64, arm64). Equal images give equal digests.

    Files of this machine are read once, and stay where they are. ValueError for an image that cannot be, LabError
    where a file cannot be read.
    """
    return pack_all([image], architecture)[0]


def pack_all(images: Sequence[Image], architecture: str) -> tuple[Packed, ...]:
    """The same for several; a layer that several of them have is read once."""
    made: dict[Layer, Blob] = {}
    packed = []
    for image in images:
        layers = with_folders(image.layers)
        for layer in layers:
            if layer not in made:
                made[layer] = layer_blob(layer)
        packed.append(_packed(image, architecture, tuple(made[layer] for layer in layers)))
    return tuple(packed)


def descriptor(media_type: str, blob: Blob, **more: Any) -> dict[str, Any]:
    """How one blob names another."""
    return {"mediaType": media_type, "digest": blob.digest, "size": blob.size, **more}


def json_bytes(value: Any) -> bytes:
    """JSON that is the same for equal values."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def _packed(image: Image, architecture: str, layers: tuple[Blob, ...]) -> Packed:
    config = Blob.of(json_bytes(_config(image.config, architecture, layers)))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(CONFIG, config),
        "layers": [descriptor(LAYER, layer) for layer in layers],
    }
    return Packed(image, architecture, Blob.of(json_bytes(manifest)), config, layers)


def _config(config: ImageConfig, architecture: str, layers: Sequence[Blob]) -> dict[str, Any]:
    said = {
        "Entrypoint": list(config.entrypoint),
        "Cmd": list(config.cmd),
        "Env": [f"{name}={value}" for name, value in sorted(config.env.items())],
        "User": config.user,
        "WorkingDir": config.working_dir,
        "Labels": dict(config.labels),
        "ExposedPorts": {port: {} for port in config.exposed_ports},
        "Volumes": {path: {} for path in config.volumes},
        "StopSignal": config.stop_signal,
    }
    return {
        "architecture": architecture,
        "os": "linux",
        "created": CREATED,
        "config": {key: value for key, value in said.items() if value},
        "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
        "history": [{"created": CREATED, "created_by": "ckslab"} for _ in layers],
    }
