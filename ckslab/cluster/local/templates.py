"""The node's configuration files: texts in templates/, with `@NAME@` filled in."""

from __future__ import annotations

from pathlib import Path

from ckslab.cluster.node import network as addresses
from ckslab.kubernetes import versions

FOLDER = Path(__file__).with_name("templates")

VALUES = {
    "ADDRESS": addresses.ADDRESS,
    "HOSTNAME": addresses.HOSTNAME,
    "KUBERNETES": versions.KUBERNETES,
    "PAUSE": versions.PAUSE_IMAGE,
    "PODS": addresses.POD_SUBNET,
    "SERVICES": addresses.SERVICE_SUBNET,
    "SOCKET": addresses.CONTAINERD_SOCKET,
}


def filled(name: str, **more: str) -> str:
    """The template `name` with its `@NAME@`s replaced."""
    text = (FOLDER / name).read_text()
    for key, value in {**VALUES, **more}.items():
        text = text.replace(f"@{key}@", value)
    return text
