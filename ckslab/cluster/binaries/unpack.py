"""Put the binaries of a checked artefact into the cache."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from ckslab.cluster.binaries.cache import place
from ckslab.cluster.binaries.download import DownloadError
from ckslab.cluster.binaries.pins import Artefact

_MOST_BYTES = 1_000_000_000  # of one binary


def unpack(file: Path, artefact: Artefact, folder: Path) -> None:
    """Place the artefact's binaries in `folder`, executable, and remove `file`.

    Raises DownloadError where the archive lacks a pinned member, or a member is not a plain file or
    leads out of the archive; nothing of it is then placed, and `file` is removed.
    """
    members = {path: name for name, path in artefact.members.items() if path is not None}
    folder.mkdir(parents=True, exist_ok=True)
    if not members:
        for name in artefact.members:
            place(file, folder / name)
        return
    temporaries: dict[str, Path] = {}
    try:
        _extract(file, members, folder, temporaries)
        if lacking := _lacking(members, temporaries):
            raise DownloadError(f"{file.name} does not hold {lacking}")
        for name, temporary in temporaries.items():
            place(temporary, folder / name)
    finally:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)
        file.unlink(missing_ok=True)


def unpack_layers(layers: Iterable[Path], artefact: Artefact, folder: Path) -> None:
    """Place the binaries of an image in `folder`; `layers` come from the top, so the first that holds one counts.

    Each layer is removed once it was looked through, and none is asked for that is not needed. Raises
    DownloadError as `unpack` does, and where a layer takes away what is looked for in those below.
    """
    members = {path: name for name, path in artefact.members.items() if path is not None}
    folder.mkdir(parents=True, exist_ok=True)
    temporaries: dict[str, Path] = {}
    try:
        for layer in layers:
            try:
                gone = _extract(layer, members, folder, temporaries)
            finally:
                layer.unlink(missing_ok=True)
            lacking = _lacking(members, temporaries)
            if not lacking:
                break
            if taken := [path for path in gone if members[path] not in temporaries]:
                raise DownloadError(f"{artefact.url}: a layer of the image takes {', '.join(taken)} away")
        else:
            raise DownloadError(f"{artefact.url}: no layer of the image holds {lacking}")
        for name, temporary in temporaries.items():
            place(temporary, folder / name)
    finally:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)


def _lacking(members: Mapping[str, str], temporaries: Mapping[str, Path]) -> str:
    """The members that no archive had so far."""
    return ", ".join(path for path, name in members.items() if name not in temporaries)


def _takes_away(entry: PurePosixPath, directory: bool, path: PurePosixPath) -> bool:
    """Whether the entry of a layer hides `path` of the layers below: a whiteout, or no folder in its way.

    https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts
    """
    if entry.name == ".wh..wh..opq":
        return entry.parent in path.parents
    if entry.name.startswith(".wh."):
        hidden = entry.parent / entry.name.removeprefix(".wh.")
        return hidden == path or hidden in path.parents
    return not directory and entry in path.parents


def _extract(file: Path, members: Mapping[str, str], folder: Path, temporaries: dict[str, Path]) -> list[str]:
    """Copy each member of the tar archive to a temporary file of ours; its own name is never used.

    A member that is in `temporaries` already is passed over. The answer holds those that the archive, as a
    layer of an image, takes away from the layers below it.
    """
    import tarfile

    gone: dict[str, None] = {}
    try:
        with tarfile.open(file, "r:*") as archive:
            for member in archive:
                path = PurePosixPath(member.name)
                if path.is_absolute() or ".." in path.parts:
                    raise DownloadError(f"{file.name}: the member {member.name!r} leads out of the archive")
                gone.update((m, None) for m in members if _takes_away(path, member.isdir(), PurePosixPath(m)))
                name = members.get(str(path))
                if name is None or name in temporaries:
                    continue
                stream = archive.extractfile(member) if member.isreg() else None
                if stream is None:
                    raise DownloadError(f"{file.name}: the member {member.name!r} is not a plain file")
                if member.size > _MOST_BYTES:
                    raise DownloadError(f"{file.name}: the member {member.name!r} has {member.size} bytes")
                temporaries[name] = folder / f".{name}.{os.getpid()}"
                _copy(stream, temporaries[name])
                if len(temporaries) == len(members):
                    break
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise DownloadError(f"{file.name} cannot be unpacked: {error}") from error
    return list(gone)


def _copy(stream: IO[bytes], target: Path) -> None:
    with stream, target.open("wb") as copy:
        shutil.copyfileobj(stream, copy, 1024 * 1024)
