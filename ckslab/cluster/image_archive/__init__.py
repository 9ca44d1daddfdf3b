"""Container images made by ckslab: from files and a configuration to digests, blobs and archives, byte for byte.

Equal images of one architecture are equal on every machine: nothing in them tells when, where or by whom they were
made. Layers are not compressed, so that no version of a compressor has a say in a digest.
"""

from __future__ import annotations

from ckslab.cluster.image_archive.archive import archive_bytes, write_archive
from ckslab.cluster.image_archive.blob import Blob
from ckslab.cluster.image_archive.image import Entry, Image, ImageConfig, Layer
from ckslab.cluster.image_archive.packed import Packed, pack, pack_all

__all__ = [
    "Blob",
    "Entry",
    "Image",
    "ImageConfig",
    "Layer",
    "Packed",
    "archive_bytes",
    "pack",
    "pack_all",
    "write_archive",
]
