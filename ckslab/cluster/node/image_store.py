"""What a node's image store holds: each image with its names and all its digests, read off its manifests.

A name leads to a manifest, or to an index of manifests for several platforms; a manifest names its configuration
(image-spec v1.1, manifest.md and image-index.md; Docker's formats have the same fields). What is read is what its
digest says, or is not taken.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from ckslab.cluster.backend import Node
from ckslab.cluster.node.image_names import stored_names
from ckslab.errors import LabError
from ckslab.kubernetes.image_digests import StoredImage
from ckslab.text_lines import lines_of

MAX_IMAGES = 500
MAX_MANIFEST = 256 << 10
"""Bytes; those of the control plane's images have 420, an index of twenty platforms has 10 000."""

READ = f"""
while read -r digest; do
    printf '%s ' "$digest"
    ctr --namespace k8s.io content get "$digest" 2>/dev/null | head -c {MAX_MANIFEST} | base64 | tr -d '\\n'
    echo
done
"""

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


class _Descriptor(BaseModel):
    digest: Digest


class _Manifest(BaseModel):
    """A manifest, which has a configuration, or an index, which has manifests."""

    config: _Descriptor | None = None
    manifests: Annotated[tuple[_Descriptor, ...], Field(max_length=100)] = ()

    @property
    def listed(self) -> frozenset[str]:
        return frozenset(one.digest for one in self.manifests)


def stored_images(node: Node) -> tuple[StoredImage, ...]:
    """All images of the store whose manifests can be read, by name; LabError when it does not answer."""
    names: dict[str, list[str]] = {}
    for name, digest in sorted(stored_names(node).items())[:MAX_IMAGES]:
        known_as = names.setdefault(digest, [])
        if not name.startswith("sha256:"):  # the CRI plugin gives each image its ID for a name, too
            known_as.append(name)
    found = _manifests(node, names)
    found |= _manifests(node, {digest for one in found.values() for digest in one.listed} - found.keys())
    images: list[StoredImage] = []
    for digest, known_as in names.items():
        image = _image(digest, known_as, found)
        same = [one for one in images if one.ids & image.ids]
        images = [one for one in images if one not in same]
        images.append(_joined([*same, image]))
    return tuple(sorted((image for image in images if image.ids), key=lambda image: image.names))


def _image(digest: str, names: Iterable[str], found: Mapping[str, _Manifest]) -> StoredImage:
    """What a name leads to; without an ID where that cannot be read."""
    root = found.get(digest, _Manifest())
    parts = {part: found[part] for part in {digest, *root.listed} if part in found}
    ids = frozenset(part.config.digest for part in parts.values() if part.config)
    return StoredImage(tuple(names), frozenset(parts), ids)


def _joined(images: Collection[StoredImage]) -> StoredImage:
    """Names that lead to one image by different ways: by its index and by its manifest."""
    names = sorted({name for image in images for name in image.names})
    digests = frozenset[str]().union(*(image.digests for image in images))
    return StoredImage(tuple(names), digests, frozenset[str]().union(*(image.ids for image in images)))


def _manifests(node: Node, digests: Collection[str]) -> dict[str, _Manifest]:
    """Those that the store holds and that make sense, by digest."""
    if not digests:
        return {}
    asked = "".join(f"{digest}\n" for digest in sorted(digests)).encode()
    done = node.run(["/bin/sh", "-c", READ], stdin=asked, timeout=60)
    if done.returncode:
        raise LabError("the node's images cannot be read", details=done.stderr.decode(errors="replace")[-500:])
    found = {}
    for line in lines_of(done.stdout.decode(errors="replace")):
        digest, _, held = line.partition(" ")
        if digest in digests and (manifest := _manifest(digest, held)):
            found[digest] = manifest
    return found


def _manifest(digest: str, held: str) -> _Manifest | None:
    """What is held in base64, None where it is not what the digest says or makes no sense."""
    try:
        data = base64.b64decode(held, validate=True)
        if f"sha256:{hashlib.sha256(data).hexdigest()}" != digest:
            return None
        return _Manifest.model_validate_json(data)
    except (binascii.Error, ValidationError):
        return None
