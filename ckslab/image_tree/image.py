"""An image as plain data: how it runs, and the files that a container of it begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ckslab.errors import CkslabError

Kind = Literal["file", "folder", "link", "other"]
Form = Literal["", "program", "object", "archive"]
"""ELF that can be executed, ELF that is to be linked (ET_REL), ar's archive of such; "" for anything else."""


class Unreadable(CkslabError):
    """The archive is no image that can be looked into; the message says why, in words for the learner."""


class TooLarge(Unreadable):
    """It has more in it than is looked into. Whoever made it so large knows: this is no trouble of ours."""


class OtherPacking(Unreadable):
    """A layer is packed by what is not unpacked here; containerd reads it."""


class Config(BaseModel):
    """How a container of the image starts (image-spec v1.1, config.md).

    others: what else it says, by its key there, without what is empty.
    """

    model_config = ConfigDict(frozen=True)

    user: str = Field("", alias="User", max_length=4096)
    entrypoint: tuple[str, ...] = Field((), alias="Entrypoint")
    cmd: tuple[str, ...] = Field((), alias="Cmd")
    env: tuple[str, ...] = Field((), alias="Env")
    workdir: str = Field("", alias="WorkingDir")
    others: Mapping[str, object] = Field(default_factory=dict)

    def differences(self, other: Config) -> tuple[str, ...]:
        """What says another thing there: "its user", "its Labels"."""
        names = ("user", "entrypoint", "cmd", "env", "workdir")
        found = [name for name in names if getattr(self, name) != getattr(other, name)]
        keys = sorted({*self.others, *other.others})
        found += [key for key in keys if self.others.get(key) != other.others.get(key)]
        return tuple(f"its {name}" for name in found)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. mode: permission bits. target: of a link, as written. sha256: of a file's content, in hex.

    form: what its first bytes say. compiler, shell: it is a program, and has the words of one in it. text: of a
    small file that is no program, unpacked where gzip, bzip2 or xz packed it, and of apk's list, else "".
    """

    kind: Kind
    mode: int = 0
    uid: int = 0
    gid: int = 0
    size: int = 0
    target: str = ""
    sha256: str = ""
    form: Form = ""
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
    a later layer is still in it. covered: path and entry of each file that a later layer removes or replaces.
    """

    config: Config
    size: int
    layers: int
    files: Mapping[str, Entry] = field(default_factory=dict)
    covered: tuple[tuple[str, Entry], ...] = ()

    def differences(self, other: ImageTree) -> tuple[str, ...]:
        """Paths of what is another thing there, but for times, and of what one of them alone hides in a layer. ()
        where they have the same files.
        """
        paths = {*self.files, *other.files}
        seen = {path for path in paths if self.files.get(path) != other.files.get(path)}
        return tuple(sorted(seen | (self.hidden ^ other.hidden)))

    @property
    def hidden(self) -> frozenset[str]:
        """Paths of the files that a later layer removes or replaces."""
        return frozenset(path for path, entry in self.covered if entry.kind == "file")
