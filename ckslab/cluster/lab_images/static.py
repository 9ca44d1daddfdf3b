"""The base `static`: the program `pause` and nothing else. It waits, and ends at once when it is told to."""

from __future__ import annotations

from ckslab.cluster import labnode
from ckslab.cluster.image_archive import Entry, ImageConfig, Layer
from ckslab.cluster.lab_images.base_image import Base, Wanted


def _layers(wanted: Wanted) -> tuple[Layer, ...]:
    return ((Entry("/pause", labnode.program("pause", wanted.architecture), 0o755),),)


BASE = Base(
    "static",
    "one static program that waits for its end.",
    _layers,
    ImageConfig(entrypoint=("/pause",), env={"PATH": "/usr/local/bin:/bin"}),
)
