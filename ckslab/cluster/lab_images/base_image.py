"""What a base image is: the files it has, how it runs, and in whose place it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ckslab.cluster.image_archive import ImageConfig, Layer

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Of images with a shell, as Docker has it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a base.

    architecture: a Go name. release: of its system, such as 3.19.1; "" for its own. packages: name to version, of
    those that its package tool shall list beside its own, or in another version. available: those that it
    can install.
    """

    architecture: str
    release: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)
    available: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Base:
    """A base image.

    stands_for: what it is, and what it is not. layers: its files. config: how it runs by itself.
    has_shell: its own command is one. lists_packages: it has a package tool, and a release.
    """

    name: str
    stands_for: str
    layers: Callable[[Wanted], tuple[Layer, ...]]
    config: ImageConfig
    has_shell: bool = False
    lists_packages: bool = False

    @property
    def labelled(self) -> ImageConfig:
        """The configuration with labels that say what it is."""
        labels = {
            "org.opencontainers.image.title": self.name,
            "org.opencontainers.image.description": f"Made by ckslab: {self.stands_for}",
            "org.opencontainers.image.vendor": "ckslab",
        }
        return replace(self.config, labels={**self.config.labels, **labels})
