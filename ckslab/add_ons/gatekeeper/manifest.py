"""Gatekeeper's manifest for a lab: deploy/gatekeeper.yaml of the pinned release with a few settings of ours.

`gatekeeper-3.23.1.yaml` is the file of the module github.com/open-policy-agent/gatekeeper/v3 at v3.23.1, byte
for byte (Apache License 2.0).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

VERSION = "3.23.1"
IMAGE = f"docker.io/openpolicyagent/gatekeeper:v{VERSION}"
IMAGE_PATH = "/manager"
NAMESPACE = "gatekeeper-system"
AUDIT_SECONDS = 10

_OURS = (
    # The image lies in the node's store, and there is no way out to the network.
    ("imagePullPolicy: Always", "imagePullPolicy: IfNotPresent", 2),
    # One node has no use for three controllers, and their memory is the learner's.
    ("  replicas: 3\n", "  replicas: 1\n", 1),
    # A learner waits for the audit.
    ("- --operation=audit\n", f"- --operation=audit\n        - --audit-interval={AUDIT_SECONDS}\n", 1),
)


@cache
def manifest() -> str:
    """The manifest as a lab's node has it: what it changes is in docs/architecture.md and told in tasks."""
    text = Path(__file__).with_name(f"gatekeeper-{VERSION}.yaml").read_text(encoding="utf-8")
    for old, new, times in _OURS:
        assert text.count(old) == times, f"{old!r} in Gatekeeper's manifest"
        text = text.replace(old, new)
    return text


@cache
def webhook_configurations() -> tuple[dict[str, Any], ...]:
    """The manifest's two webhook configurations.

    Where they are there and Gatekeeper is not, each write of a starting control plane waits for a time-out.
    """
    import yaml

    documents = manifest().split("\n---\n")
    return tuple(yaml.safe_load(one) for one in documents if "WebhookConfiguration\nmetadata:" in one)
