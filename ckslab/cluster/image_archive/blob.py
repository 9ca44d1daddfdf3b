"""Content with its digest and size, of which big parts stay in the files of this machine that hold them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ckslab.errors import LabError

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class FilePart:
    """The first `size` bytes of a file of this machine."""

    path: Path
    size: int


Part = bytes | FilePart


@dataclass(frozen=True, slots=True)
class Blob:
    """Content as a registry or a layout of images keeps it. digest: sha256:HEX. size: in bytes."""

    digest: str
    size: int
    parts: tuple[Part, ...] = field(repr=False)

    @classmethod
    def of(cls, *parts: Part) -> Blob:
        """The blob of these parts, each read once. LabError where a file is not what it was."""
        sha256, size = hashlib.sha256(), 0
        for chunk in _chunks(parts):
            sha256.update(chunk)
            size += len(chunk)
        return cls(f"sha256:{sha256.hexdigest()}", size, parts)

    @property
    def hex(self) -> str:
        """The digest without its algorithm."""
        return self.digest.removeprefix("sha256:")

    @property
    def path(self) -> str:
        """Where an OCI image layout has it."""
        return f"blobs/sha256/{self.hex}"

    def write(self, target: BinaryIO) -> None:
        """Write it, a megabyte at a time. LabError where a file is shorter than it was."""
        target.writelines(_chunks(self.parts))

    def read(self) -> bytes:
        """All of it."""
        return b"".join(_chunks(self.parts))


def _chunks(parts: Sequence[Part]) -> Iterator[bytes | memoryview]:
    """The content, in pieces that are valid until the next is asked for."""
    buffer = memoryview(bytearray(_CHUNK))
    for part in parts:
        if isinstance(part, bytes):
            yield part
            continue
        with part.path.open("rb", buffering=0) as file:
            left = part.size
            while left:
                count = file.readinto(buffer[: min(left, _CHUNK)])
                if not count:
                    raise LabError(f"{part.path} became shorter while it was put into an image")
                yield buffer[:count]
                left -= count
