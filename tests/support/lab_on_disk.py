"""A lab on disk, of the node lab's scenario, whose node is a mapping from path to bytes."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from ckslab.control_plane.settle import Settled
from ckslab.evidence import Evidence, Fact, Need
from ckslab.lab.initial_files import FILE
from ckslab.lab.model import Lab, RunningLab
from ckslab.progress import Progress
from ckslab.store.record import LabRecord

SCENARIO = Path(__file__).parent / "lab_scenarios" / "node-lab"
MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"


def lab_on_disk(folder: Path, initial: Mapping[str, str] | None = None) -> Lab:
    """A lab that is ready, of a copy of its scenario in `folder` that a test may change; CKSLAB_HOME must be set."""
    scenario = folder / SCENARIO.name
    shutil.copytree(SCENARIO, scenario)
    lab = Lab.begin(LabRecord("one", SCENARIO.name, scenario, "local", 7, "kq7wm4", "2026-01-01T00:00:00Z"))
    with tarfile.open(lab.folder / FILE, "w") as tar:
        for path, text in (initial or {}).items():
            member = tarfile.TarInfo(path.lstrip("/"))
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return lab


class Files:
    """A running lab's node, of which the names of a folder and the content of files are asked for."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.settled = 0
        self.kubeconfig = Path("/kubeconfig")

    def run(self, argv: Sequence[str], **_: Any) -> CompletedProcess[bytes]:
        """`ls FOLDER`, or a listing with the digest of all files."""
        if argv[0] == "ls":
            names = [path.removeprefix(f"{argv[1]}/") for path in self.files if path.startswith(f"{argv[1]}/")]
            return CompletedProcess(list(argv), 0, "\n".join(sorted(names)).encode(), b"")
        return CompletedProcess(list(argv), 0, repr(sorted(self.files.items())).encode(), b"")

    def read(self, path: str) -> bytes | None:
        """A file's content."""
        return self.files.get(path)

    def write(self, path: str, data: bytes, mode: int | None = None) -> None:
        """Replace a file."""
        self.files[path] = data

    def remove(self, path: str) -> None:
        """Remove a file."""
        del self.files[path]


def run_on(monkeypatch: Any, files: Files, evidence: Evidence | None = None) -> None:
    """Let every lab run on these files; facts come from `evidence`."""

    def settle(_: RunningLab, __: Progress) -> Settled | None:
        files.settled += 1
        return None

    def collector(
        _: RunningLab, __: Settled | None, ___: Progress | None = None
    ) -> Callable[[frozenset[Need[Any]]], Mapping[Need[Any], Fact]]:
        assert evidence is not None
        return lambda needs: {need: evidence.facts[need] for need in needs}

    monkeypatch.setattr(Lab, "running", lambda lab: RunningLab.of(lab, files))  # type: ignore[arg-type]
    monkeypatch.setattr(RunningLab, "settle", settle)
    monkeypatch.setattr(RunningLab, "collector", collector)
    for module in ("guidance.rescue", "node_files"):
        monkeypatch.setattr(f"ckslab.lab.{module}.LiveFiles", lambda node: node)
