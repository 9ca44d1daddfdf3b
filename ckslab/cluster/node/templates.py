"""Texts of a node: files in templates/ here and beside each backend, with `@NAME@` filled in."""

from __future__ import annotations

from pathlib import Path

from ckslab.cluster.node import kubelet, network
from ckslab.kubernetes import versions

SHARED = Path(__file__).with_name("templates")
"""Those that are the same on every backend."""

APISERVER_PATCH = "kube-apiserver+strategic.yaml"
"""A patch that kubeadm applies to the API server's manifest, in SHARED."""

VALUES = {
    "ADDRESS": network.ADDRESS,
    "CRASH_LOOP": f"{kubelet.CRASH_LOOP_SECONDS}s",
    "FILE_CHECK": f"{kubelet.FILE_CHECK_SECONDS}s",
    "HOSTNAME": network.HOSTNAME,
    "KUBERNETES": versions.KUBERNETES,
    "PAUSE": versions.PAUSE_IMAGE,
    "PODS": network.POD_SUBNET,
    "SERVICES": network.SERVICE_SUBNET,
    "SYNC": f"{kubelet.SYNC_SECONDS}s",
    "SOCKET": network.CONTAINERD_SOCKET,
}


def filled(template: Path, **more: str) -> str:
    """The template with its `@NAME@`s replaced, by `more` before what every node has."""
    text = template.read_text()
    for key, value in {**VALUES, **more}.items():
        text = text.replace(f"@{key}@", value)
    return text
