"""The node image: Debian, kind's own base files, the cache's Kubernetes and containerd, the control plane's images."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
from pathlib import Path

from ckslab.cluster import binaries, labnode
from ckslab.cluster.binaries.pins import architecture
from ckslab.progress import Progress
from tests.tools.rig import control_plane, modules, system
from tests.tools.rig.engine import docker
from tests.tools.rig.folder import folder

VERSION = f"v{binaries.load().version('kubernetes')}"

CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "etcd")
TOOLS = ("kubeadm", "kubelet", "kubectl")
RUNTIME = ("containerd", "containerd-shim-runc-v2", "ctr", "crictl")
"""As in kind's own image; crictl is left out where it cannot be had."""

FIRST = """
FROM scratch
ADD rootfs.tar /
ADD node.tar /
ENV container=docker
STOPSIGNAL SIGRTMIN+3
ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]
"""


def ensure(progress: Progress) -> str:
    """The image's name in the engine; made when it is missing or its parts have changed."""
    parts = binaries.ensure([*CONTROL_PLANE, *TOOLS, *RUNTIME], progress)
    parts["coredns"] = modules.coredns(progress)
    parts["pause"] = labnode.binary("pause", architecture(), folder())
    rootfs, base = system.ensure(progress), modules.kind_base()
    name = f"ckslab-rig/node:{VERSION}-{_digest(parts, rootfs)}"
    if docker("images", "-q", name).strip():
        return name
    progress.step("making the node image, about a minute")
    with tempfile.TemporaryDirectory(dir=folder()) as making:
        _make(name, Path(making), parts, rootfs, base)
    return name


def _digest(parts: dict[str, Path], rootfs: Path) -> str:
    text = hashlib.sha256(rootfs.name.encode())
    for program, path in sorted(parts.items()):
        info = path.stat()
        text.update(f"{program} {info.st_size} {info.st_mtime_ns}\n".encode())
    here = Path(__file__).parent
    for file in sorted([*here.glob("*.py"), *(here / "node").iterdir()]):
        text.update(file.read_bytes())
    return text.hexdigest()[:12]


def _make(name: str, making: Path, parts: dict[str, Path], rootfs: Path, base: Path) -> None:
    (making / "Dockerfile").write_text(FIRST)
    os.link(rootfs, making / "rootfs.tar")
    _node_files(making / "node.tar", parts, base)
    docker("build", "-q", "-t", f"{name}-first", str(making))
    asked = control_plane.references(parts["kubeadm"], VERSION)
    control_plane.archive(asked, parts, architecture(), making / "images.tar")
    proxy = next(one for one in asked if control_plane.program(one) == "kube-proxy")
    layer = control_plane.proxy_layer(rootfs, parts["kube-proxy"])
    settings = ["--change", "ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    docker("import", *settings, "-", proxy, stdin=layer)
    docker("save", "-o", str(making / "proxy.tar"), proxy)
    docker("image", "rm", proxy)
    pause = next(one for one in asked if control_plane.program(one) == "pause")
    words = ["/bin/bash", "/kind/prepare.sh", pause, "/kind/images.tar /kind/proxy.tar"]
    container = docker("create", "--entrypoint", words[0], f"{name}-first", *words[1:]).decode().strip()
    try:
        for archive in ("images.tar", "proxy.tar"):
            docker("cp", str(making / archive), f"{container}:/kind/{archive}")
        docker("start", "--attach", container)
        entry = 'ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]'
        docker("commit", "--change", entry, "--change", "CMD []", container, name)
    finally:
        docker("rm", "--force", container)
        docker("image", "rm", f"{name}-first")


def _node_files(target: Path, parts: dict[str, Path], base: Path) -> None:
    here = Path(__file__).with_name("node")
    with tarfile.open(target, "w") as tar:
        for file in sorted(base.rglob("*")):
            if file.is_file() and "LICENSES" not in file.parts:
                inside = file.relative_to(base)
                _add(tar, f"{inside}", file.read_bytes(), 0o755 if "bin" in inside.parts else 0o644)
        for program in TOOLS:
            tar.add(parts[program], f"usr/bin/{program}", filter=_owned)
        for program in (one for one in RUNTIME if one in parts):
            tar.add(parts[program], f"usr/local/bin/{program}", filter=_owned)
        _add(tar, "kind/version", VERSION.encode(), 0o644)
        _add(tar, "kind/prepare.sh", (here / "prepare.sh").read_bytes(), 0o755)
        _add(tar, "etc/cni/net.d/10-ptp.conflist", (here / "10-ptp.conflist").read_bytes(), 0o644)
        for manifest in ("default-cni.yaml", "default-storage.yaml"):
            _add(tar, f"kind/manifests/{manifest}", (here / manifest).read_bytes(), 0o644)


def _add(tar: tarfile.TarFile, path: str, data: bytes, mode: int) -> None:
    info = tarfile.TarInfo(path)
    info.size, info.mode = len(data), mode
    tar.addfile(info, io.BytesIO(data))


def _owned(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mode = 0o755
    return info
