"""Docker archives of images that hold one static binary: the control plane's own, and scenarios' pods'."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Image:
    """An image with one file: `binary` (of this machine) at `path`, which is its entry point.

    Built from the official static binaries it carries the official tag; its digest is another.
    """

    reference: str
    binary: Path
    path: str


def write_archive(target: Path, images: Sequence[Image], architecture: str) -> None:
    """Write all `images` into one docker-archive at `target`. Equal inputs give equal digests."""
    with tarfile.open(target, "w") as archive:
        manifest = []
        layers: dict[tuple[Path, str], str] = {}
        for image in images:
            key = (image.binary, image.path)
            name = layers.get(key) or _add_layer(archive, image)
            layers[key] = name
            config = _config(image, name.removesuffix(".tar"), architecture)
            config_name = hashlib.sha256(config).hexdigest() + ".json"
            _add(archive, config_name, config)
            manifest.append({"Config": config_name, "RepoTags": [image.reference], "Layers": [name]})
        _add(archive, "manifest.json", json.dumps(manifest).encode())


def _add_layer(archive: tarfile.TarFile, image: Image) -> str:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as layer:
        parts = Path(image.path).parent.parts[1:]
        for depth in range(1, len(parts) + 1):
            folder = tarfile.TarInfo("/".join(parts[:depth]))
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            layer.addfile(folder)
        with image.binary.open("rb") as binary:
            info = tarfile.TarInfo(image.path.lstrip("/"))
            info.size, info.mode = image.binary.stat().st_size, 0o755
            layer.addfile(info, binary)
    data = buffer.getvalue()
    name = hashlib.sha256(data).hexdigest() + ".tar"
    _add(archive, name, data)
    return name


def _config(image: Image, layer_digest: str, architecture: str) -> bytes:
    return json.dumps(
        {
            "architecture": architecture,
            "os": "linux",
            "config": {"Entrypoint": [image.path], "Env": ["PATH=/usr/local/bin:/bin"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer_digest}"]},
        }
    ).encode()


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))
