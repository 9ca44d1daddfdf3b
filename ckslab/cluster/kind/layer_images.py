"""Layers' images in a kind node's store: of programs of the node's architecture, whatever this machine's is."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ckslab.cluster import binaries
from ckslab.cluster.backend import NodeLayer
from ckslab.cluster.image_archive import write_archive
from ckslab.cluster.kind.node import KindNode
from ckslab.cluster.node.commands import check_run
from ckslab.cluster.node.image_names import IMAGES, name_by_digest, stored_names
from ckslab.errors import MissingCapability
from ckslab.progress import Progress


def ensure(layer: NodeLayer, architecture: str, progress: Progress) -> Mapping[str, Path]:
    """The binaries to make the layer's images of; MissingCapability when they cannot be had."""
    if not layer.programs:
        return {}
    try:
        return binaries.ensure(layer.programs, progress, pins=binaries.load(arch=architecture))
    except MissingCapability as error:
        raise MissingCapability(
            f"{layer.name} cannot be had for the lab's node (linux/{architecture})\n{error.message}",
            advice=error.advice,
            details=error.details,
        ) from error


def load(node: KindNode, layer: NodeLayer, architecture: str, progress: Progress) -> None:
    """Have its images in the node's store; what is there already stays."""
    if layer.images is None:
        return
    programs = ensure(layer, architecture, progress)
    there = stored_names(node)
    missing = [image for image in layer.images(programs) if image.reference not in there]
    if not missing:
        return
    progress.step(f"loading {layer.name} into the node")
    with tempfile.TemporaryDirectory() as making:
        archive = Path(making) / "image.tar"
        write_archive(archive, missing, architecture)
        check_run(node, [*IMAGES, "import", "-"], 180, stdin=archive.read_bytes())
    name_by_digest(node, [image.reference for image in missing])


def load_all(node: KindNode, layers: Sequence[NodeLayer], architecture: str, progress: Progress) -> None:
    """Have the images of all layers in the node's store."""
    for layer in layers:
        load(node, layer, architecture, progress)
