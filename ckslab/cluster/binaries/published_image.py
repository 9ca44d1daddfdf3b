"""Download the layers of one published container image, each step checked by the digest before it.

From the pinned digest of an index or a manifest to the platform's manifest to its layers, as the OCI image
specification v1.1 and Docker's manifests of schema 2 describe them, which are alike in all that is read here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ckslab.cluster.binaries.download import DownloadError, Report, Session, download
from ckslab.cluster.binaries.pins import Artefact
from ckslab.cluster.binaries.registry import repository_of

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_MOST_BYTES = 4_000_000  # of a manifest; the distribution specification asks registries to take as much


@dataclass(frozen=True)
class _Content:
    """What a manifest says of something that it refers to."""

    sha256: str
    size: int


def layers_from_top(
    artefact: Artefact, arch: str, folder: Path, session: Session, report: Report
) -> Iterator[Path]:
    """The image's layers for linux/`arch`, the last first, each downloaded into `folder` when it is asked for.

    Raises DownloadError and Interrupted as `download` does, also for an image that has not that platform,
    or whose manifests are none.
    """
    manifest = _read(artefact, folder, session)
    if "manifests" in manifest:
        chosen = _of_platform(artefact, manifest, arch)
        manifest = _read(_part(artefact, "manifests", chosen), folder, session)
    else:
        _check_platform(artefact, manifest, arch, folder, session)
    layers = _contents(artefact, manifest, "layers")
    if sum(layer.size for layer in layers) > 2 * artefact.approximate_bytes + 50_000_000:
        raise DownloadError(f"{artefact.url}: the layers are far bigger than what is pinned")
    before = 0
    for layer in reversed(layers):
        at = before

        def count(done: int, size: int, at: int = at) -> None:
            report(at + done, max(artefact.approximate_bytes, at + size))

        yield download(_part(artefact, "blobs", layer), folder, session, count)
        before += layer.size


def _part(artefact: Artefact, kind: str, content: _Content) -> Artefact:
    """A manifest or blob of the image as something to download, from the same repository."""
    url = f"{repository_of(artefact.url)}/{kind}/sha256:{content.sha256}"
    return replace(artefact, url=url, sha256=content.sha256, approximate_bytes=content.size)


def _read(artefact: Artefact, folder: Path, session: Session) -> dict[str, Any]:
    """The checked manifest or configuration, as the JSON object that it is."""
    file = download(replace(artefact, approximate_bytes=0), folder, session, lambda _done, _total: None)
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise DownloadError(f"{artefact.url}: more than {_MOST_BYTES} bytes, that is no manifest")
        content = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DownloadError(f"{artefact.url}: no JSON, so it is not of an image ({error})") from error
    finally:
        file.unlink()
    if not isinstance(content, dict):
        raise DownloadError(f"{artefact.url}: no JSON object, so it is not of an image")
    return content


def _contents(artefact: Artefact, manifest: dict[str, Any], key: str) -> list[_Content]:
    """What `manifest` lists under `key`."""
    listed = manifest.get(key)
    if not isinstance(listed, list) or not listed:
        raise DownloadError(f"{artefact.url}: the manifest has no {key}, ckslab cannot read it")
    return [_content(artefact, one) for one in listed]


def _content(artefact: Artefact, descriptor: Any) -> _Content:
    one = descriptor if isinstance(descriptor, dict) else {}
    match, size = _DIGEST.fullmatch(str(one.get("digest"))), one.get("size")
    if match is None or type(size) is not int or size < 0:
        raise DownloadError(f"{artefact.url}: what it refers to has no SHA-256 or size: {str(descriptor)[:200]}")
    return _Content(match.group(1), size)


def _of_platform(artefact: Artefact, index: dict[str, Any], arch: str) -> _Content:
    """The manifest of linux/`arch` in an index; attestations are listed there too, as of no platform."""
    listed = index["manifests"] if isinstance(index["manifests"], list) else []
    platforms = [one.get("platform") if isinstance(one, dict) else None for one in listed]
    names = [f"{p.get('os')}/{p.get('architecture')}" if isinstance(p, dict) else "" for p in platforms]
    if f"linux/{arch}" not in names:
        there = ", ".join(sorted({name for name in names if name and "unknown" not in name})) or "none"
        raise DownloadError(f"{artefact.url}: the image is not there for linux/{arch}, but for {there}")
    return _content(artefact, listed[names.index(f"linux/{arch}")])


def _check_platform(
    artefact: Artefact, manifest: dict[str, Any], arch: str, folder: Path, session: Session
) -> None:
    """Raise DownloadError where an image of one platform is of another, which only its configuration tells."""
    described = _content(artefact, manifest.get("config"))
    config = _read(_part(artefact, "blobs", described), folder, session)
    platform = f"{config.get('os')}/{config.get('architecture')}"
    if platform != f"linux/{arch}":
        raise DownloadError(f"{artefact.url}: the image is not for linux/{arch}, but for {platform}")
