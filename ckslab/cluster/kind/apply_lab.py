"""Lay a lab over a kind node: its /lab/conf, its files and names, and for a reset the snapshot before them."""

from __future__ import annotations

import io
import re
import tarfile
import tempfile
from pathlib import Path

from ckslab.cluster.backend import STORED_IMAGES, NodeSpec
from ckslab.cluster.kind import TEMPLATES, snapshot
from ckslab.cluster.kind.node import KindNode
from ckslab.cluster.kind.services import init
from ckslab.cluster.lab_images.on_node import laid_images, write_stored
from ckslab.cluster.node.conf import host_lines, tar_of, write_services, write_text
from ckslab.cluster.node.templates import filled
from ckslab.errors import LabError

INTO = "/var/lib/ckslab-new"
SCRIPT = "apply-lab.sh"

UNPACK = f"rm -rf {INTO}; mkdir -m 700 {INTO}; tar -C {INTO} -xf - && exec /bin/bash {INTO}/{SCRIPT} $1"

CONTROL_PLANE = re.compile(
    r"/etc/kubernetes/(manifests/|pki/|[^/]+\.conf$)|/etc/containerd/(?!certs\.d/)|/var/lib/(kubelet|etcd)/"
)
"""Files that a running control plane does not take up by itself, or only after a while. containerd reads those in
certs.d at each pull (containerd's hosts.md)."""


def apply_lab(node: KindNode, folder: Path, spec: NodeSpec, architecture: str, *, reset: bool) -> None:
    """Lay `spec` over the node, whose control plane is started anew where that is needed.

    reset: put its snapshot back before.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".apply-") as making:
        pack = _pack(Path(making), folder, spec, architecture, reset)
    paths = [*(file.path for file in spec.files), *spec.removed]
    mode = "whole" if reset or any(CONTROL_PLANE.match(path) for path in paths) else "lay"
    done = node.run(["/bin/sh", "-c", UNPACK, "sh", mode], stdin=pack, timeout=120.0)
    if done.returncode:
        said = done.stderr.decode(errors="replace")[-2000:]
        raise LabError("the lab could not be laid on its node", details=said)


def _pack(making: Path, folder: Path, spec: NodeSpec, architecture: str, reset: bool) -> bytes:
    conf = making / "conf"
    conf.mkdir()
    write_services(conf, spec.services)
    write_text(conf / "init.json", init(spec))
    write_stored(conf / Path(STORED_IMAGES).name, spec.images, architecture)
    (making / "overlay.tar").write_bytes(tar_of((*spec.files, *laid_images(spec.images, architecture))))
    write_text(making / "removed", "".join(f"{path}\n" for path in spec.removed))
    write_text(making / "hosts", host_lines(spec.services))
    write_text(making / SCRIPT, filled(TEMPLATES / SCRIPT, STORED_IMAGES=STORED_IMAGES))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path in sorted(making.iterdir()):
            tar.add(path, path.name, filter=_of_root)
        if reset:
            tar.add(folder / snapshot.FILE, snapshot.FILE, filter=_of_root)
    return buffer.getvalue()


def _of_root(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    return info
