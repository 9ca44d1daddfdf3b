"""The embedded node: a real control plane in a user namespace, without an engine and without root."""

from pathlib import Path

TEMPLATES = Path(__file__).with_name("templates")
"""Texts of the node, see `ckslab.cluster.node.templates`."""
