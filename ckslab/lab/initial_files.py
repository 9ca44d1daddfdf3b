"""The initial files of a lab: those of its node as they were handed to the learner, before any fault."""

from __future__ import annotations

import io
import re
import tarfile
from pathlib import Path

from ckslab.cluster.backend import Node
from ckslab.errors import LabError
from ckslab.kubernetes.static_pod.manifest import API_SERVER, MANIFESTS

FILE = "initial.tar"

MANIFEST = f"{MANIFESTS}/{API_SERVER}.yaml"

FOLDERS = ("etc/kubernetes", "etc/hosts", "etc/containerd", "opt", "root", "var/lib/kubelet/config.yaml")


def capture(node: Node, folder: Path, before: dict[str, bytes | None]) -> None:
    """Keep the node's files in the lab's folder; those in `before` as they were then."""
    folders = " ".join(FOLDERS)
    without = "--exclude=.kubectl-completion --exclude=opt/cni"
    script = f"tar -C / {without} -cf - $(cd / && ls -d {folders} 2>/dev/null)"
    done = node.run(["/bin/sh", "-c", script], timeout=30)
    if not done.stdout:
        raise LabError("the lab's files could not be kept", details=done.stderr.decode(errors="replace")[-500:])
    path = folder / FILE
    temporary = folder / f"{FILE}.new"
    temporary.touch(mode=0o600)
    with (
        tarfile.open(fileobj=io.BytesIO(done.stdout)) as source,
        tarfile.open(temporary, "w") as target,
    ):
        for member in source:
            if f"/{member.name}" not in before:
                target.addfile(member, source.extractfile(member) if member.isreg() else None)
        for name, data in before.items():
            if data is not None:
                info = tarfile.TarInfo(name.lstrip("/"))
                info.size = len(data)
                target.addfile(info, io.BytesIO(data))
    temporary.replace(path)


class InitialFiles:
    """The initial files that are regular. Calling it gives one by its node path, None if there is none.

    LabError where the lab's copy of them is missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._held: dict[str, bytes] = {}
        path = folder / FILE
        try:
            with tarfile.open(path) as tar:
                for member in tar:
                    if member.isreg() and (file := tar.extractfile(member)):
                        self._held[f"/{member.name}"] = file.read()
        except (OSError, tarfile.TarError) as error:
            way_out = f"next: ckslab reset {folder.name}"
            raise LabError(f"{path}: not the initial files of a lab ({error})", advice=way_out) from error

    def __call__(self, path: str) -> bytes | None:
        """The content of a file."""
        return self._held.get(path)

    @property
    def kubernetes_version(self) -> str:
        """The tag of the API server's image ("v1.35.4"), "" where its manifest names none."""
        found = re.search(rb"image:.*/kube-apiserver:(v[0-9.]+)", self(MANIFEST) or b"")
        return found[1].decode() if found else ""

    @property
    def paths(self) -> frozenset[str]:
        """All node paths."""
        return frozenset(self._held)
