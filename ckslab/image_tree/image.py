"""An image as plain data: how it runs, and the files that a container of it begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ckslab.errors import CkslabError

Kind = Literal["file", "folder", "link", "other"]


class Unreadable(CkslabError):
    """The archive is no image that can be looked into; the message says why, in words for the learner."""


class Config(BaseModel):
    """How a container of the image starts (image-spec v1.1, config.md)."""

    model_config = ConfigDict(frozen=True)

    user: str = Field("", alias="User", max_length=4096)
    entrypoint: tuple[str, ...] = Field((), alias="Entrypoint")
    cmd: tuple[str, ...] = Field((), alias="Cmd")
    env: tuple[str, ...] = Field((), alias="Env")
    workdir: str = Field("", alias="WorkingDir")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. mode: permission bits. target: of a link, as written. sha256: of a file's content, in hex.

    compiler, shell: it is a program, and has the words of one in it. text: of a list of accounts, or of packages.
    """

    kind: Kind
    mode: int = 0
    uid: int = 0
    gid: int = 0
    size: int = 0
    target: str = ""
    sha256: str = ""
    compiler: bool = False
    shell: bool = False
    text: str = ""

    @property
    def executable(self) -> bool:
        """A file that somebody may execute."""
        return self.kind == "file" and bool(self.mode & 0o111)


@dataclass(frozen=True, slots=True)
class ImageTree:
    """An image. files: by absolute path, whiteouts applied. size: bytes of all layers, unpacked: what is removed by
    a later layer is still in it.
    """

    config: Config
    size: int
    layers: int
    files: Mapping[str, Entry] = field(default_factory=dict)

    def differences(self, other: ImageTree) -> tuple[str, ...]:
        """What is another thing there, but for times: "its User", or paths. () where they are one image."""
        names = ("user", "entrypoint", "cmd", "env", "workdir")
        config = [name for name in names if getattr(self.config, name) != getattr(other.config, name)]
        paths = sorted(
            path for path in {*self.files, *other.files} if self.files.get(path) != other.files.get(path)
        )
        return (*(f"its {name}" for name in config), *paths)
