"""The texts of a kind node: files in templates/, with `@NAME@` filled in."""

from __future__ import annotations

from pathlib import Path

from ckslab.cluster.node import network as addresses

FOLDER = Path(__file__).with_name("templates")

VALUES = {
    "ADDRESS": addresses.ADDRESS,
    "HOSTNAME": addresses.HOSTNAME,
    "PODS": addresses.POD_SUBNET,
    "SERVICES": addresses.SERVICE_SUBNET,
}


def filled(name: str, **more: str) -> str:
    """The template `name` with its `@NAME@`s replaced."""
    text = (FOLDER / name).read_text()
    for key, value in {**VALUES, **more}.items():
        text = text.replace(f"@{key}@", value)
    return text
