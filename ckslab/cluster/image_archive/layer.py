"""A layer as the tar that its digest is of: entries by path, no times, no names of users."""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ckslab.cluster.image_archive.blob import Blob, FilePart, Part
from ckslab.cluster.image_archive.image import Entry, Layer
from ckslab.errors import LabError

_TYPES = {"file": tarfile.REGTYPE, "dir": tarfile.DIRTYPE, "symlink": tarfile.SYMTYPE}


def with_folders(layers: Sequence[Layer]) -> list[Layer]:
    """The layers, each with the folders that its entries lie in and that no layer below has; sorted.

    What lies below stays as it is: the folder's rights, or a link that leads to a folder.
    Raises ValueError for a path that a layer has twice, LabError for an entry that lies in a file.
    """
    below: dict[str, Entry] = {}
    whole = []
    for layer in layers:
        entries = {entry.path: entry for entry in layer}
        if len(entries) != len(layer):
            raise ValueError("a layer has one path twice")
        for path in [path for entry in layer for path in _above(entry.path)]:
            if path not in below:
                entries.setdefault(path, Entry.folder(path))
        below |= entries
        _check_folders(entries, below)
        whole.append(tuple(entries[path] for path in sorted(entries, key=_parts)))
    return whole


def _check_folders(entries: Mapping[str, Entry], known: Mapping[str, Entry]) -> None:
    """Nothing lies in a file, nor in a link to one: no program could unpack it."""
    for path in entries:
        for folder in _above(path):
            entry = known[folder]
            if entry.kind == "symlink":
                entry = known.get(
                    posixpath.normpath(posixpath.join(posixpath.dirname(folder), entry.target)), entry
                )
            if entry.kind == "file":
                raise LabError(f"an image cannot have {path}: {folder} is a file in it")


def layer_blob(entries: Layer) -> Blob:
    """The tar of entries that are whole and sorted. LabError where a file of this machine cannot be read."""
    try:
        return Blob.of(*_joined(_tar(entries)))
    except OSError as error:
        raise LabError(f"{error.filename} cannot be read to be put into an image: {error.strerror}") from error


def _tar(entries: Layer) -> Iterator[Part]:
    for entry in entries:
        content = entry.content
        size = content.stat().st_size if isinstance(content, Path) else len(content)
        yield tar_header(entry.path.lstrip("/"), size, entry)
        yield FilePart(content, size) if isinstance(content, Path) else content
        yield tar_padding(size)
    yield TAR_END


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """The same content with small parts put together."""
    gathered: list[bytes] = []
    for part in parts:
        if isinstance(part, bytes):
            gathered.append(part)
        else:
            yield b"".join(gathered)
            gathered.clear()
            yield part
    yield b"".join(gathered)


TAR_END = bytes(2 * tarfile.BLOCKSIZE)


def tar_header(name: str, size: int, entry: Entry | None = None) -> bytes:
    """The header of a file of `size` bytes, or of `entry`; extended (PAX) only where a name or an id needs it."""
    info = tarfile.TarInfo(name)
    info.size = size
    if entry is not None:
        info.type, info.linkname = _TYPES[entry.kind], entry.target
        info.mode, info.uid, info.gid = entry.mode, entry.uid, entry.gid
    return info.tobuf(tarfile.PAX_FORMAT)


def tar_padding(size: int) -> bytes:
    """What fills the last block of a file of `size` bytes."""
    return bytes(-size % tarfile.BLOCKSIZE)


def _above(path: str) -> list[str]:
    return [str(folder) for folder in Path(path).parents][:-1]


def _parts(path: str) -> list[str]:
    return path.split("/")
