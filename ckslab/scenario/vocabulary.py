"""The closed lists of a scenario: topics, difficulties, capabilities."""

from __future__ import annotations

from typing import Literal, get_args

Topic = Literal[
    "images",
    "digests",
    "binaries",
    "scanning",
    "image-policy-webhook",
    "gatekeeper",
    "validating-admission-policy",
    "registries",
    "sbom",
    "signing",
    "static-analysis",
]
TOPICS: tuple[str, ...] = get_args(Topic)

Difficulty = Literal["easy", "medium", "hard"]

Capability = Literal["static-pods", "running-pods", "services", "many-ids", "registry"]
"""What a scenario may ask of a backend. static-pods: a control plane whose manifests may be edited;
running-pods: ordinary pods run; services: Service addresses work; many-ids: pods with runAsUser."""
CAPABILITIES: tuple[str, ...] = get_args(Capability)
