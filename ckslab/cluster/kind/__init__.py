"""kind as a backend: the same labs on a real kind cluster, in a container of Docker or Podman."""

from pathlib import Path

TEMPLATES = Path(__file__).with_name("templates")
"""Texts of the node, see `ckslab.cluster.node.templates`."""
