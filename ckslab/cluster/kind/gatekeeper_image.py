"""Gatekeeper's image in a kind node's store.

The published one where the engine has it or gets it, else one that is made of the manager's binary, which must
fit the node's architecture.
"""

from __future__ import annotations

import platform
import tempfile
from pathlib import Path

from ckslab.cluster import binaries
from ckslab.cluster.gatekeeper import IMAGE
from ckslab.cluster.gatekeeper.install import write_archive
from ckslab.cluster.kind.engine import Engine
from ckslab.cluster.kind.node import KindNode
from ckslab.cluster.kind.trouble import explained
from ckslab.cluster.preparing import must
from ckslab.errors import MissingCapability
from ckslab.progress import Progress

PULL_SECONDS = 600.0
CTR = ("ctr", "--namespace", "k8s.io", "images")


def ensure(engine: Engine, architecture: str, progress: Progress) -> Path | None:
    """The manager's binary to make the image of, None where the engine has the published one.

    What is here is taken before anything is pulled or built. MissingCapability when it cannot be had.
    """
    if _published(engine) == architecture:
        return None
    place = binaries.locate(["gatekeeper"])["gatekeeper"]
    if _fits(architecture) and isinstance(place, binaries.Found):
        return place.path
    progress.step("pulling Gatekeeper's image, once")
    pull = ("pull", f"--platform=linux/{architecture}", IMAGE)
    done = engine.run(*pull, timeout=PULL_SECONDS)
    if done.returncode == 0 and _published(engine) == architecture:
        return None
    why = explained(engine.name, f"pulling {IMAGE}", done.stderr.decode(errors="replace"))
    by_hand = f"with a network: {engine.name} {' '.join(pull)} · or load it here: {engine.name} load"
    if not _fits(architecture):
        machine = f"{platform.system()} on {binaries.load().arch}"
        raise MissingCapability(
            f"there is no image of Gatekeeper for this lab's node (linux/{architecture})\n"
            f"{why.message}; what this machine ({machine}) builds does not run there",
            advice=by_hand,
            details=why.details,
        )
    try:
        return binaries.ensure(["gatekeeper"], progress)["gatekeeper"]
    except MissingCapability as error:
        raise MissingCapability(
            f"{error.message}; {why.message}", advice=f"{by_hand}\n{error.advice}", details=error.details
        ) from error


def load(node: KindNode, architecture: str, progress: Progress) -> None:
    """Have it in the node's store; nothing to do where it is there already."""
    listed = node.run([*CTR, "ls", "--quiet", f"name=={IMAGE}"])
    if listed.returncode == 0 and listed.stdout.strip():
        return
    program = ensure(node.engine, architecture, progress)
    progress.step("loading Gatekeeper's image into the node")
    archive = _saved(node.engine) if program is None else _made(program, architecture)
    must(node, [*CTR, "import", "-"], 180, stdin=archive)


def _published(engine: Engine) -> str:
    """The architecture of the published image that the engine has, "" where it has none."""
    done = engine.run("image", "inspect", "--format={{.Architecture}}", IMAGE)
    return done.stdout.decode().strip() if done.returncode == 0 else ""


def _fits(architecture: str) -> bool:
    """Whether binaries of this machine run on such a node."""
    return platform.system() == "Linux" and binaries.load().arch == architecture


def _saved(engine: Engine) -> bytes:
    done = engine.run("save", IMAGE, timeout=180.0)
    if done.returncode:
        raise explained(engine.name, f"saving {IMAGE}", done.stderr.decode(errors="replace"))
    return done.stdout


def _made(program: Path, architecture: str) -> bytes:
    with tempfile.TemporaryDirectory() as making:
        archive = Path(making) / "image.tar"
        write_archive(archive, program, architecture)
        return archive.read_bytes()
