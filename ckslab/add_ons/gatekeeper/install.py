"""Put Gatekeeper into a node, on every backend alike: the image of its manager, and its manifest at rest."""

from __future__ import annotations

from pathlib import Path

from ckslab.add_ons.gatekeeper.manifest import IMAGE, IMAGE_PATH, NAMESPACE, manifest, webhook_configurations
from ckslab.cluster import images
from ckslab.cluster.backend import Node
from ckslab.cluster.node.commands import must, until

KUBECTL = ("kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf")


def write_archive(target: Path, program: Path, architecture: str) -> None:
    """The image of the manager's binary, under the name that the manifest uses, as an archive at `target`."""
    images.write_archive(target, [images.Image(IMAGE, program, IMAGE_PATH)], architecture)


def install(node: Node) -> None:
    """Apply the manifest, scaled to 0 and without webhooks; LabError when it cannot be done."""
    until(node, [*KUBECTL, "get", "--raw", "/readyz"], 120)
    text = manifest().replace("  replicas: 1\n", "  replicas: 0\n")
    must(node, [*KUBECTL, "apply", "-f", "-"], 120, stdin=text.encode())
    until(node, [*KUBECTL, "-n", NAMESPACE, "get", "serviceaccount", "default"], 60)
    must(node, [*KUBECTL, "wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"], 90)
    for webhooks in webhook_configurations():
        must(node, [*KUBECTL, "delete", webhooks["kind"], webhooks["metadata"]["name"]], 30)
