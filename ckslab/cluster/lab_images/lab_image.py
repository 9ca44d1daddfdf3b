"""An image that a lab asks for: a base, and what is different about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ckslab.cluster.image_archive import Entry, Image, ImageConfig
from ckslab.cluster.lab_images.base_image import Base, Wanted
from ckslab.cluster.lab_images.bases import BASES

WAIT = ("/bin/sh", "-c", "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait $!; done")
"""Runs until it is told to end, and ends at once: a shell that is pid 1 would not hear of it by itself, and a
signal's trap waits for a child in the foreground. It is a command and no entry point: CMD of a Dockerfile built
on it takes its place, and would only be its arguments else."""


@dataclass(frozen=True, slots=True)
class LabImage:
    """An image of the lab.

    base: a key of BASES. release: of the base's system, such as 3.19.1. packages: name to version, listed by
    the base's package tool, without files. available: those that it can install, without files too. files:
    content by path, over the base's. user, entrypoint, cmd: the base's where they are "" or None; another
    entrypoint leaves none of the base's cmd, as in a Dockerfile. env, labels: beside the base's. waits: where
    neither entrypoint nor cmd is given, a base whose own command is a shell waits, so that it runs as a pod.
    archive: a path on the node where the image lies as an archive, storage: the folder there of a registry that
    has it; with either it is not in the node's store.
    """

    reference: str
    base: str = "static"
    release: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)
    available: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    user: str = ""
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    waits: bool = True
    archive: str = ""
    storage: str = ""

    @property
    def stored(self) -> bool:
        """Whether it belongs in the node's store."""
        return not self.archive and not self.storage


def made(image: LabImage, architecture: str) -> Image:
    """The image for linux/`architecture` (a Go name). LabError where ckslab has no programs for it."""
    base = BASES[image.base]
    layers = base.layers(Wanted(architecture, image.release, image.packages, image.available))
    files = tuple(Entry(path, content) for path, content in image.files.items())
    return Image(image.reference, (*layers, files) if files else layers, _config(image, base))


def _config(image: LabImage, base: Base) -> ImageConfig:
    config = base.labelled
    entrypoint, cmd = config.entrypoint, config.cmd
    if image.entrypoint is not None:
        entrypoint, cmd = image.entrypoint, ()
    elif image.cmd is None and base.has_shell and image.waits:
        cmd = WAIT
    return replace(
        config,
        entrypoint=entrypoint,
        cmd=cmd if image.cmd is None else image.cmd,
        user=image.user or config.user,
        env={**config.env, **image.env},
        labels={**config.labels, **image.labels},
    )
