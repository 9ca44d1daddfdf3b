"""What an image is before it is packed: its name, layers of files, and how it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, folder or symbolic link of a layer.

    path: absolute and plain. content: of a file, or where this machine has it. target: of a link, as it is written.
    mode: permission bits (links have 0777). Raises ValueError for what no layer can hold.
    """

    path: str
    content: bytes | Path = b""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    kind: Literal["file", "dir", "symlink"] = "file"
    target: str = ""

    def __post_init__(self) -> None:
        parts = self.path.split("/")
        if (
            len(parts) < 2
            or parts[0]
            or any(part in ("", ".", "..") for part in parts[1:])
            or "\0" in self.path + self.target
        ):
            raise ValueError(f"not the plain path of a file in an image: {self.path!r}")
        if (self.kind == "symlink") != bool(self.target) or (self.content and self.kind != "file"):
            raise ValueError(f"{self.path} is a {self.kind}, and has what another kind of entry has")

    @classmethod
    def folder(cls, path: str, mode: int = 0o755, uid: int = 0, gid: int = 0) -> Entry:
        """A folder."""
        return cls(path, mode=mode, uid=uid, gid=gid, kind="dir")

    @classmethod
    def link(cls, path: str, target: str) -> Entry:
        """A symbolic link to `target`."""
        return cls(path, mode=0o777, kind="symlink", target=target)


Layer: TypeAlias = tuple[Entry, ...]
"""Entries in any order, no path twice. Folders that an entry lies in and nobody names are root's, 0755."""


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """How a container of the image runs, as the OCI image specification has it (config.md, v1.1)."""

    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    working_dir: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """An image as it is made: `layers`, the lowest first, under the name `reference`."""

    reference: str
    layers: tuple[Layer, ...] = ()
    config: ImageConfig = field(default_factory=ImageConfig)

    @classmethod
    def of_binary(cls, reference: str, binary: Path, path: str) -> Image:
        """An image with one static program, `binary` of this machine at `path`, which is its entry point.

        Built from the official static binaries it carries the official tag; its digest is another.
        """
        config = ImageConfig(entrypoint=(path,), env={"PATH": "/usr/local/bin:/bin"})
        return cls(reference, ((Entry(path, binary, 0o755),),), config)
