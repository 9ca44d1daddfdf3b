"""Put the binaries of a checked artefact into the cache."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from ckslab.cluster.binaries.cache import place
from ckslab.cluster.binaries.download import DownloadError
from ckslab.cluster.binaries.pins import Artefact


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
        for name, temporary in temporaries.items():
            place(temporary, folder / name)
    finally:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)
        file.unlink(missing_ok=True)


def _extract(file: Path, members: Mapping[str, str], folder: Path, temporaries: dict[str, Path]) -> None:
    """Copy each member of the tar archive to a temporary file of ours; its own name is never used."""
    import tarfile

    try:
        with tarfile.open(file, "r:*") as archive:
            for member in archive:
                path = PurePosixPath(member.name)
                if path.is_absolute() or ".." in path.parts:
                    raise DownloadError(f"{file.name}: the member {member.name!r} leads out of the archive")
                name = members.get(str(path))
                if name is None:
                    continue
                stream = archive.extractfile(member) if member.isreg() else None
                if stream is None:
                    raise DownloadError(f"{file.name}: the member {member.name!r} is not a plain file")
                temporaries[name] = folder / f".{name}.{os.getpid()}"
                _copy(stream, temporaries[name])
                if len(temporaries) == len(members):
                    return
    except (tarfile.TarError, EOFError) as error:
        raise DownloadError(f"{file.name} cannot be unpacked: {error}") from error
    lacking = ", ".join(path for path, name in members.items() if name not in temporaries)
    raise DownloadError(f"{file.name} does not hold {lacking}")


def _copy(stream: IO[bytes], target: Path) -> None:
    with stream, target.open("wb") as copy:
        shutil.copyfileobj(stream, copy, 1024 * 1024)
