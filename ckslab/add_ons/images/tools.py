"""The programs that build and run images on a node, and their configuration: the same on every backend."""

from __future__ import annotations

from pathlib import Path

from ckslab.add_ons.images import mirror
from ckslab.cluster.backend import Node, NodeFile, NodeLayer, NodeService
from ckslab.cluster.node import network
from ckslab.cluster.node.environment import ENVIRONMENT
from ckslab.cluster.node.templates import filled
from ckslab.progress import Progress
from ckslab.waiting import wait_until

TEMPLATES = Path(__file__).with_name("templates")
TOOLS = {
    "buildkitd": "buildkitd",
    "buildctl": "buildctl",
    "nerdctl": "nerdctl",
    "docker": "nerdctl",
    **{plugin: plugin for plugin in ("bridge", "host-local", "loopback", "portmap")},
}
"""By the names that they have on the node; the plugins give containers of `docker run` their network."""

SERVICE = "buildkitd"
SOCKET = "/run/buildkit/buildkitd.sock"
START_SECONDS = 30.0


def layer() -> NodeLayer:
    """The programs in the node's /lab/bin."""
    return NodeLayer("the image tools", version="1", tools=TOOLS)


def files() -> tuple[NodeFile, ...]:
    """What they read."""
    places = {
        "buildkitd.toml": "/etc/buildkit/buildkitd.toml",
        "nerdctl.toml": "/etc/nerdctl/nerdctl.toml",
        # not in /etc/cni/net.d, which is the kubelet's; under this name nerdctl takes it for its default network
        "nerdctl-bridge.conflist": "/etc/cni/nerdctl/nerdctl-bridge.conflist",
        "images.sh": "/etc/ckslab/shell.d/images.sh",
        "images.greeting": "/etc/ckslab/shell.d/images.greeting",
    }
    more = {"REGISTRIES": mirror.buildkit_registries()}
    return tuple(NodeFile(path, filled(TEMPLATES / name, **more).encode()) for name, path in places.items())


def buildkitd() -> NodeService:
    """The daemon, once containerd is there, whose worker it is."""
    argv = ("buildkitd", "--config", "/etc/buildkit/buildkitd.toml", "--addr", f"unix://{SOCKET}")
    trust = {"SSL_CERT_DIR": ENVIRONMENT["SSL_CERT_DIR"]}
    return NodeService(SERVICE, argv, wait_for=network.CONTAINERD_SOCKET, environment=trust)


def await_buildkitd(node: Node, progress: Progress) -> None:
    """Wait until the daemon answers; LabError."""
    progress.step("waiting for BuildKit")

    def answers() -> bool:
        return node.run(["/lab/bin/buildctl", "debug", "workers"], timeout=10).returncode == 0

    wait_until("BuildKit to answer", answers, START_SECONDS, node=node)
