"""The programs in base images: busybox, and a C compiler. build.sh makes them; bin/ holds them with digests."""

from __future__ import annotations

import functools
import io
import tarfile
from pathlib import Path

from ckslab.cluster import shipped
from ckslab.cluster.image_archive import Entry, Layer

_BIN = Path(__file__).parent / "bin"


@functools.cache
def busybox(architecture: str) -> bytes:
    """The static program busybox for linux/`architecture`; LabError where there is none, or it is damaged."""
    return shipped.content(_BIN, f"busybox-{shipped.architecture(architecture)}")


@functools.cache
def applets() -> tuple[str, ...]:
    """Where the program has a link for each of its tools: /bin/sh, ..."""
    return tuple(shipped.content(_BIN, "applets").decode().split())


@functools.cache
def compiler(architecture: str) -> Layer:
    """The compiler tcc with musl's headers and library, as an image has them; LabError as for `busybox`."""
    packed = shipped.content(_BIN, f"cc-{shipped.architecture(architecture)}.tar")
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        return tuple(_entry(tar, member) for member in tar)


def _entry(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    if member.isdir():
        return Entry.folder(f"/{member.name}", member.mode)
    file = tar.extractfile(member)
    assert file is not None  # build.sh puts files and folders into it
    return Entry(f"/{member.name}", file.read(), member.mode)
