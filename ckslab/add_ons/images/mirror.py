"""The mirror of public names on a node: containerd, nerdctl and BuildKit ask it for what they would ask the world.

It gives what the node's store was filled with, out of the archive that this was done from, and a frontend for the
line `# syntax=` of a Dockerfile. What it does not have is not found, at once.
"""

from __future__ import annotations

from ckslab.cluster.backend import STORED_IMAGES, NodeFile, NodeService
from ckslab.cluster.lab_images.public import REGISTRIES

SERVICE = "mirror"
ADDRESS = "127.0.0.1:5099"
"""Of the node alone: no pod and no container has it. It asks for no password, and what it gives is no secret."""

FRONTEND = "docker.io/docker/dockerfile:1.20"
"""The frontend that BuildKit 0.26 has built in (`--security` of RUN, new in it, is of 1.20: its reference.md)."""

HOSTS = f"""\
server = "http://{ADDRESS}"
[host."http://{ADDRESS}"]
  capabilities = ["pull", "resolve"]
"""
"""For each registry (containerd's hosts.md). With `server` alone containerd 1.6 asks Docker Hub for pods."""


def service() -> NodeService:
    """The daemon."""
    argv = ("labnode", "mirror", "--archive", STORED_IMAGES, "--listen", ADDRESS, "--frontend", FRONTEND)
    return NodeService(SERVICE, argv)


def files() -> tuple[NodeFile, ...]:
    """Where containerd and nerdctl are told of it."""
    return tuple(NodeFile(f"/etc/containerd/certs.d/{name}/hosts.toml", HOSTS.encode()) for name in REGISTRIES)


def buildkit_registries() -> str:
    """The same for BuildKit: tables of its configuration (buildkit's buildkitd.toml.md)."""
    mirrored = "".join(f'[registry."{name}"]\n  mirrors = ["{ADDRESS}"]\n' for name in REGISTRIES)
    return f'{mirrored}[registry."{ADDRESS}"]\n  http = true\n'
