"""The programs of the node on this machine: found, fetched or built, ready to be shown inside."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ckslab.cluster import binaries, labnode
from ckslab.progress import Progress

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def architecture() -> str:
    """This machine's architecture as Go and images name it ("amd64")."""
    return ARCHITECTURES.get(platform.machine(), platform.machine())


STAND_INS = ("crictl", "journalctl", "service", "systemctl")
"""Names by which labnode stands in for a program: init is no systemd, and crictl is not everywhere to be had."""

REAL_RUNC = "runc.real"
"""Every program that starts a container finds labnode as `runc` (see labnode's runcshim), which runs this one."""


@dataclass(frozen=True, slots=True)
class NodePrograms:
    """bwrap, and the folder that a node sees as /lab/bin."""

    bwrap: Path
    bin: Path
    containerd: int
    """containerd's major version: its configuration has another layout in 1 and 2."""

    @property
    def digest(self) -> str:
        """Changes when any of the programs does."""
        return self.bin.name

    def inside(self, name: str) -> Path:
        """The program `name` of the node, as a file of this machine."""
        return self.bin / name


def ensure(progress: Progress, tools: Mapping[str, str] = MappingProxyType({})) -> NodePrograms:
    """All programs; what is missing is downloaded or built, with progress.

    tools: binaries that a node has beside those of every node, by the names that they have there.
    """
    found = binaries.ensure(binaries.REQUIRED, progress)
    bwrap, runc = found.pop("bwrap"), found.pop("runc")
    places = binaries.locate(["crictl", "containerd"])
    if isinstance(crictl := places["crictl"], binaries.Found):
        found["crictl"] = crictl.path
    helper = labnode.kept("labnode", architecture(), binaries.cache_dir().parent)
    found = {**dict.fromkeys((*STAND_INS, "labnode", "runc"), helper), **found, REAL_RUNC: runc}
    found["pause"] = labnode.kept("pause", architecture(), binaries.cache_dir().parent)
    if tools:
        had = binaries.ensure(dict.fromkeys(tools.values()), progress)
        found |= {name: had[binary] for name, binary in tools.items()}
    containerd = places["containerd"]
    major = int(containerd.version.split(".")[0]) if isinstance(containerd, binaries.Found) else 2
    return NodePrograms(bwrap, _folder_of(found), major)


def _folder_of(programs: dict[str, Path]) -> Path:
    """One folder with all programs: runc looks for itself beside its own name, so files alone will not do."""
    text = hashlib.sha256()
    for name, path in sorted(programs.items()):
        info = path.stat()
        text.update(f"{name} {path.resolve()} {info.st_size} {info.st_mtime_ns}\n".encode())
    folder = binaries.cache_dir().parent / "node-bin" / text.hexdigest()[:16]
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    making = Path(tempfile.mkdtemp(prefix="making-", dir=folder.parent))
    for name, path in programs.items():
        _link(path.resolve(), making / name)
    making.chmod(0o755)
    try:
        making.rename(folder)
    except OSError:  # another ckslab was quicker
        shutil.rmtree(making)
    return folder


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or a file of root's
        shutil.copy(source, target)
        target.chmod(0o755)
