"""Gatekeeper as an add-on of a node: its own manifest and image, on every backend the same."""

from ckslab.add_ons.gatekeeper.manifest import IMAGE, IMAGE_PATH, NAMESPACE, manifest, webhook_configurations

__all__ = ["IMAGE", "IMAGE_PATH", "NAMESPACE", "manifest", "webhook_configurations"]
