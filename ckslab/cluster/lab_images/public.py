"""Registries of the world, names of images there, and what can stand in for each."""

from __future__ import annotations

from collections.abc import Mapping

from ckslab.cluster.lab_images.alpine.releases import RELEASES
from ckslab.cluster.lab_images.lab_image import LabImage

REGISTRIES = (
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "mcr.microsoft.com",
    "public.ecr.aws",
    "quay.io",
    "registry.k8s.io",
)
"""Registries of the world that a learner's files may name."""

_HUB = "docker.io/library"


def _public() -> list[LabImage]:
    newest = RELEASES[-1]
    alpine = [(release.version, release.version) for release in RELEASES]
    alpine += [(release.branch, release.version) for release in RELEASES]
    alpine += [("3", newest.version), ("latest", newest.version)]
    return [
        *(LabImage(f"{_HUB}/alpine:{tag}", "alpine", release=version, waits=False) for tag, version in alpine),
        *(LabImage(f"{_HUB}/busybox:{tag}", "busybox", waits=False) for tag in ("1.36", "stable", "latest")),
        *(LabImage(f"{_HUB}/gcc:{tag}", "gcc", waits=False) for tag in ("13", "latest")),
        *(
            LabImage(
                f"gcr.io/distroless/static-debian12:{tag}", "distroless", user=user, entrypoint=(), waits=False
            )
            for tag, user in (("nonroot", ""), ("latest", "0"))
        ),
    ]


PUBLIC: Mapping[str, LabImage] = {image.reference: image for image in _public()}
"""By whole reference, as a Dockerfile's FROM means it."""
