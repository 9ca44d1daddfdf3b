"""What a node's template has of Gatekeeper: the image of its manager, and its objects at rest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from ckslab.add_ons.gatekeeper.manifest import IMAGE, IMAGE_PATH, NAMESPACE, manifest, webhook_configurations
from ckslab.cluster.backend import Node, NodeLayer
from ckslab.cluster.image_archive import Image
from ckslab.cluster.node.commands import check_run, retry_run

PROGRAM = "gatekeeper"
KUBECTL = ("kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf")


def image_layer() -> NodeLayer:
    """The node's store holds the image of the manager, under the name that the manifest uses."""
    return NodeLayer("Gatekeeper's image", version=IMAGE, programs=(PROGRAM,), images=_images)


def installed_layer() -> NodeLayer:
    """It is installed, scaled to 0 and without its webhook configurations: each lab starts it with its own keys."""
    text = hashlib.sha256(manifest().encode() + Path(__file__).read_bytes()).hexdigest()
    return NodeLayer("Gatekeeper", version=text, install=_install)


def _images(programs: Mapping[str, Path]) -> tuple[Image, ...]:
    return (Image.of_binary(IMAGE, programs[PROGRAM], IMAGE_PATH),)


def _install(node: Node) -> None:
    """Apply the manifest; LabError when it cannot be done."""
    retry_run(node, [*KUBECTL, "get", "--raw", "/readyz"], 120)
    text = manifest().replace("  replicas: 1\n", "  replicas: 0\n")
    check_run(node, [*KUBECTL, "apply", "-f", "-"], 120, stdin=text.encode())
    retry_run(node, [*KUBECTL, "-n", NAMESPACE, "get", "serviceaccount", "default"], 60)
    check_run(node, [*KUBECTL, "wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"], 90)
    for webhooks in webhook_configurations():
        check_run(node, [*KUBECTL, "delete", webhooks["kind"], webhooks["metadata"]["name"]], 30)
