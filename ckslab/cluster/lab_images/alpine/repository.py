"""A repository that the stand-in's apk installs from: an index and packages, as files of a folder to be served.

REPOSITORY/vBRANCH/main/MACHINE/ has APKINDEX.tar.gz and NAME-VERSION.apk, as Alpine's own mirrors have; signatures
are missing, which the real apk would ask for.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ckslab.cluster.image_archive import Entry
from ckslab.cluster.image_archive.layer import layer_blob
from ckslab.cluster.lab_images.alpine.installed import stanza


@dataclass(frozen=True, slots=True)
class Package:
    """A package: name, version, and its files by path with content and mode."""

    name: str
    version: str
    files: Mapping[str, tuple[bytes, int]] = field(default_factory=dict)


def later_version(version: str) -> str:
    """Alpine's next build of the same source: 1.2-r4 for 1.2-r3. A prefix of the version fits both."""
    source, _, build = version.rpartition("-r")
    return f"{source}-r{int(build) + 1}" if source and build.isdecimal() else f"{version}-r1"


def repository(packages: Sequence[Package], branch: str, machine: str) -> dict[str, bytes]:
    """The files of the folder by path below it. Of several versions of a package all are there."""
    folder = f"v{branch}/main/{machine}"
    index = "".join(f"{stanza(one.name, one.version, machine)}\n" for one in packages).encode()
    made = {f"{folder}/APKINDEX.tar.gz": _packed((Entry("/APKINDEX", index),))}
    for one in packages:
        entries = tuple(Entry(path, content, mode) for path, (content, mode) in sorted(one.files.items()))
        made[f"{folder}/{one.name}-{one.version}.apk"] = _packed(entries)
    return made


def _packed(entries: tuple[Entry, ...]) -> bytes:
    """Without the folders that files lie in: those of the image keep their rights."""
    return gzip.compress(layer_blob(entries).read(), mtime=0)
