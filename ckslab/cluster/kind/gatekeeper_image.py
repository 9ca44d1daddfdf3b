"""Gatekeeper's image in a kind node's store: the manager of the node's architecture, whatever this machine's is."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ckslab.add_ons.gatekeeper import IMAGE
from ckslab.add_ons.gatekeeper.install import write_archive
from ckslab.cluster import binaries
from ckslab.cluster.kind.node import KindNode
from ckslab.cluster.node.commands import must
from ckslab.errors import MissingCapability
from ckslab.progress import Progress

CTR = ("ctr", "--namespace", "k8s.io", "images")


def ensure(architecture: str, progress: Progress) -> Path:
    """The manager's binary to make the image of; MissingCapability when it cannot be had."""
    try:
        return binaries.ensure(["gatekeeper"], progress, pins=binaries.load(arch=architecture))["gatekeeper"]
    except MissingCapability as error:
        raise MissingCapability(
            f"there is no image of Gatekeeper for the lab's node (linux/{architecture})\n{error.message}",
            advice=error.advice,
            details=error.details,
        ) from error


def load(node: KindNode, architecture: str, progress: Progress) -> None:
    """Have it in the node's store; nothing to do where it is there already."""
    listed = node.run([*CTR, "ls", "--quiet", f"name=={IMAGE}"])
    if listed.returncode == 0 and listed.stdout.strip():
        return
    program = ensure(architecture, progress)
    progress.step("loading Gatekeeper's image into the node")
    with tempfile.TemporaryDirectory() as making:
        archive = Path(making) / "image.tar"
        write_archive(archive, program, architecture)
        must(node, [*CTR, "import", "-"], 180, stdin=archive.read_bytes())
