"""Lay a lab over a kind node: its /lab/conf, its files and names, and for a reset the golden state before them."""

from __future__ import annotations

import io
import json
import re
import tarfile
import tempfile
from pathlib import Path

from ckslab.cluster import images, labnode
from ckslab.cluster.backend import NodeSpec
from ckslab.cluster.binaries import cache_dir
from ckslab.cluster.kind.node import KindNode
from ckslab.cluster.kind.services import init
from ckslab.cluster.kind.snapshot import FILE as GOLDEN
from ckslab.cluster.kind.templates import filled
from ckslab.cluster.node.conf import host_lines, tar_of, write_services, write_text
from ckslab.errors import LabError

INTO = "/var/lib/ckslab-new"

UNPACK = f"rm -rf {INTO}; mkdir -m 700 {INTO}; tar -C {INTO} -xf - && exec /bin/bash {INTO}/renew.sh $1"

CONTROL_PLANE = re.compile(
    r"/etc/kubernetes/(manifests/|pki/|[^/]+\.conf$)|/etc/containerd/|/var/lib/(kubelet|etcd)/"
)
"""Files that a running control plane does not take up by itself, or only after a while."""


def renew(node: KindNode, folder: Path, spec: NodeSpec, architecture: str, *, golden: bool) -> None:
    """Lay `spec` over the node, whose control plane is started anew where that is needed; golden: reset first."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".renew-") as making:
        pack = _pack(Path(making), folder, spec, architecture, golden)
    paths = [*(file.path for file in spec.files), *spec.removed]
    mode = "whole" if golden or any(CONTROL_PLANE.match(path) for path in paths) else "lay"
    done = node.run(["/bin/sh", "-c", UNPACK, "sh", mode], stdin=pack, timeout=120.0)
    if done.returncode:
        said = done.stderr.decode(errors="replace")[-2000:]
        raise LabError("the lab could not be laid on its node", details=said)


def _pack(making: Path, folder: Path, spec: NodeSpec, architecture: str, golden: bool) -> bytes:
    conf = making / "conf"
    conf.mkdir()
    write_services(conf, spec.services)
    write_text(conf / "init.json", json.dumps(init(spec.services), indent=1))
    (making / "overlay.tar").write_bytes(tar_of(spec.files))
    write_text(making / "removed", "".join(f"{path}\n" for path in spec.removed))
    write_text(making / "hosts", host_lines(spec.services))
    write_text(making / "renew.sh", filled("renew.sh"))
    if spec.images:
        pause = labnode.binary("pause", architecture, cache_dir().parent / f"labnode-{architecture}")
        listed = [images.Image(reference, pause, "/pause") for reference in spec.images]
        images.write_archive(making / "images.tar", listed, architecture)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path in sorted(making.iterdir()):
            tar.add(path, path.name, filter=_of_root)
        if golden:
            tar.add(folder / GOLDEN, GOLDEN, filter=_of_root)
    return buffer.getvalue()


def _of_root(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    return info
