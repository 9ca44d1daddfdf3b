"""What comes from Go modules beside ckslab's own binaries: CoreDNS, and kind's files for the node's base."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from ckslab.cluster import binaries
from ckslab.errors import LabError
from ckslab.progress import Progress
from tests.tools.rig.folder import folder

COREDNS = Path(__file__).with_name("coredns")
KIND = Path(binaries.__file__).with_name("modules") / "kind"


def coredns(progress: Progress) -> Path:
    """CoreDNS with the plugins of kubeadm's Corefile."""
    text = (COREDNS / "go.mod").read_text()
    version = next(line.split()[1] for line in text.splitlines() if "github.com/coredns/coredns " in line)
    target = folder() / f"coredns-{version}"
    if not target.exists():
        progress.step("building CoreDNS from source, about 2 minutes on 2 cores")
        making = target.with_suffix(".new")
        _go(COREDNS, "build", "-mod=readonly", "-trimpath", "-ldflags=-s -w", "-o", str(making), ".")
        making.rename(target)
    return target


def kind_base() -> Path:
    """The folder images/base/files of the pinned kind: entry point, units, configuration of a node."""
    _go(KIND, "mod", "download", "sigs.k8s.io/kind")
    found = json.loads(_go(KIND, "list", "-mod=readonly", "-m", "-json", "sigs.k8s.io/kind"))
    return Path(found["Dir"]) / "images" / "base" / "files"


def _go(folder: Path, *arguments: str) -> bytes:
    environment = os.environ | {"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local"}
    done = subprocess.run(["go", *arguments], cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise LabError(f"go {arguments[0]} failed", details=done.stderr.decode(errors="replace")[-2000:])
    return done.stdout
