"""The bullets of the exam's curriculum that are practised here: a closed list, in the order of the curriculum.

Source: cncf/curriculum, CKS_Curriculum v1.34.pdf (content unchanged since 2025-04), and for what stood there until
2024 the versions before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

BulletId = Literal[
    "base-image",
    "know-supply-chain",
    "secure-supply-chain",
    "static-analysis",
    "image-scanning",
    "platform-binaries",
    "immutable-containers",
]
BULLET_IDS: tuple[str, ...] = get_args(BulletId)


@dataclass(frozen=True, slots=True)
class Bullet:
    """One bullet. domain: the part of the exam that it stands in. former: it stood there until 2024."""

    id: str
    text: str
    domain: str
    former: bool = False


_SUPPLY_CHAIN = "Supply Chain Security"

BULLETS: tuple[Bullet, ...] = (
    Bullet("base-image", "Minimize base image footprint", _SUPPLY_CHAIN),
    Bullet(
        "know-supply-chain",
        "Understand your supply chain (SBOM, CI/CD, artifact repositories)",
        _SUPPLY_CHAIN,
    ),
    Bullet(
        "secure-supply-chain",
        "Secure your supply chain (permitted registries, sign and validate artifacts)",
        _SUPPLY_CHAIN,
    ),
    Bullet(
        "static-analysis",
        "Static analysis of user workloads and container images (Kubesec, KubeLinter)",
        _SUPPLY_CHAIN,
    ),
    Bullet("image-scanning", "Scan images for known vulnerabilities", _SUPPLY_CHAIN, former=True),
    Bullet("platform-binaries", "Verify platform binaries before deploying", "Cluster Setup"),
    Bullet(
        "immutable-containers",
        "Ensure immutability of containers at runtime",
        "Monitoring, Logging and Runtime Security",
    ),
)
"""All of them. "Whitelist allowed registries", until 2024 one of its own, is "permitted registries" of today."""


def bullet(id: str) -> Bullet | None:  # noqa: A002 - the word of scenario.yaml's key
    """The bullet of this id; None where there is none."""
    return next((one for one in BULLETS if one.id == id), None)
