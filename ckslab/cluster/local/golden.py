"""The golden state: a node's folders after kubeadm and a first boot, made once and copied for each lab."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ckslab import __version__
from ckslab.cluster import binaries
from ckslab.cluster.backend import NodeFile, NodeSpec
from ckslab.cluster.local import addresses, conf, idmap, images, launch, mapped
from ckslab.cluster.local.node import LocalNode
from ckslab.cluster.local.parts import Parts, architecture
from ckslab.cluster.local.sandbox import OWN
from ckslab.cluster.local.templates import FOLDER, filled
from ckslab.errors import LabError
from ckslab.progress import Progress

IMAGE_PATH = "/usr/local/bin/{}"

COPY = """
cd "$2"
for name in $3; do mkdir -p "$name"; done
tar -C "$1" --exclude=./var/lib/containerd -cf - . | tar -xpf -
[ -n "$4" ] && cp -al "$1/var/lib/containerd" var/lib/containerd 2>/dev/null || {
    rm -rf var/lib/containerd # another file system
    cp -a "$1/var/lib/containerd" var/lib/containerd
}
cd var/lib/containerd
find . -type f -name '*.db' | while read -r db; do cp -p "$db" "$db.own" && mv "$db.own" "$db"; done
"""
"""Copies a golden state. Where there is a keeper ($4) the images' files are shared by hard links: their owner,
the keeper, does not exist in a lab, so none can write to them. All else is the lab's own."""

FINISH = """
cd "$1"
rm -rf etc/kubernetes/pki etc/kubernetes/*.conf root/.kube run/* tmp/* var/log/* var/run var/lib/ckslab
find var/lib/kubelet -mindepth 1 -maxdepth 1 ! -name config.yaml -exec rm -rf {} +
rm -rf var/lib/containerd var/lib/cni
mv var/lib/images-only var/lib/containerd
if [ -n "$2" ]; then
    find var/lib/containerd -type f ! -name '*.db' -exec chown "$2:$2" {} + -exec chmod a+r {} +
fi
"""


def folder_for(parts: Parts, ids: idmap.IdMap) -> Path:
    """Where the golden state of exactly these parts, texts and owners lies."""
    text = hashlib.sha256(f"{__version__} {parts.digest} {ids.name} {ids.many}".encode())
    for file in sorted([*FOLDER.iterdir(), Path(__file__)]):
        text.update(file.read_bytes())
    return binaries.cache_dir().parent / "golden" / text.hexdigest()[:16]


def ensure(parts: Parts, ids: idmap.IdMap, progress: Progress) -> Path:
    """The golden state's folder of node folders, made now if it is not there."""
    golden = folder_for(parts, ids)
    if not golden.exists():
        with _lock(golden.parent, progress):
            if not golden.exists():
                _make(golden, parts, ids, progress)
    return golden / "node"


@contextmanager
def _lock(folder: Path, progress: Progress) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.step("waiting for another ckslab that prepares the node")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(golden: Path, parts: Parts, ids: idmap.IdMap, progress: Progress) -> None:
    making = golden.parent / "making"
    remove_node(making, ids)
    for old in golden.parent.iterdir():
        if old.is_dir() and old != making and _is_stale(old, ids):
            remove_node(old, ids)
    making.mkdir(mode=0o700)
    (making / "ids").write_text(ids.name)
    new_node_folder(making, ids)
    try:
        progress.step("preparing the node (once)")
        _fill(making, parts, ids, progress)
        _first_boot(making, parts, ids, progress)
    except BaseException:
        stop_node(making)
        raise
    keeper = "" if ids.keeper is None else str(ids.keeper)
    mapped.shell(FINISH, [making / "node"], [keeper], ids.wide(), what="tidying the golden state")
    for name in ("conf", "node.log", "node.json", "kubeconfig", "relay.lock"):
        path = making / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    making.rename(golden)


def _is_stale(folder: Path, ids: idmap.IdMap) -> bool:
    try:
        return (folder / "ids").read_text() == ids.name
    except FileNotFoundError:
        return True


def new_node_folder(folder: Path, ids: idmap.IdMap) -> None:
    """An empty folder/node that belongs to the node's root."""
    node = folder / "node"
    node.mkdir()
    if os.geteuid() == 0:
        os.chown(node, ids.uids[0][1], ids.gids[0][1])


def copy(golden: Path, folder: Path, ids: idmap.IdMap) -> None:
    """Make folder/node from a golden state."""
    new_node_folder(folder, ids)
    names, keeper = " ".join(OWN), "" if ids.keeper is None else str(ids.keeper)
    if os.geteuid() != 0:
        mapped.shell(COPY, [golden, folder / "node"], [names, keeper], ids.wide(), what="copying the golden state")
        return
    # staged folders are mounts of their own, and no hard link leads from one mount to another
    command = ["/bin/sh", "-euc", COPY, "sh", str(golden), str(folder / "node"), names, keeper]
    mapped.run(command, None, what="copying the golden state")


def remove_node(folder: Path, ids: idmap.IdMap) -> None:
    """Stop the node of `folder` and remove the folder with all that belongs to other ids."""
    if not folder.exists():
        return
    stop_node(folder)
    if (folder / "node").exists():
        script = 'cd "$1" && find . -mindepth 1 -maxdepth 1 -exec rm -rf {} +'
        mapped.shell(script, [folder / "node"], [], ids.wide(), what="removing the node's files")
    shutil.rmtree(folder)


def stop_node(folder: Path) -> None:
    """End the node of `folder`; nothing running is no error."""
    record = launch.read_record(folder)
    if record is None:
        return
    record.init.end(grace=4.0)
    if record.relay is not None:
        record.relay.end(grace=0.5)
    launch.record_path(folder).unlink(missing_ok=True)


def _fill(folder: Path, parts: Parts, ids: idmap.IdMap, progress: Progress) -> None:
    """The node's own files, as a tar unpacked by the node's root."""
    isolation = "true" if ids.many else "false"
    containerd = "containerd-2.toml" if parts.containerd >= 2 else "containerd-1.toml"
    texts = {
        "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
        "/etc/group": "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n",
        "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
        "/etc/resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
        "/etc/hostname": f"{addresses.HOSTNAME}\n",
        "/etc/machine-id": hashlib.sha256(os.urandom(16)).hexdigest()[:32] + "\n",
        "/etc/profile": 'PS1="# "\n',
        "/etc/containerd/config.toml": filled(containerd),
        "/etc/cni/net.d/10-lab.conflist": filled("10-lab.conflist"),
        "/etc/crictl.yaml": f"runtime-endpoint: unix://{addresses.CONTAINERD_SOCKET}\n",
        "/etc/ckslab/runc.json": json.dumps({"runc": "/lab/bin/runc", "seccomp": False}),
        "/var/lib/kubelet/config.yaml": filled("kubelet.yaml", ISOLATION=isolation),
        "/root/.bashrc": filled("bashrc"),
        "/home/.keep": "",
        "/srv/.keep": "",
    }
    files = [NodeFile(path, text.encode()) for path, text in texts.items()]
    archive = folder / "base.tar"
    archive.write_bytes(conf.tar_of(files))
    script = 'cd "$1" && for name in $2; do mkdir -p "$name"; done && tar -xpf -'
    with archive.open("rb") as tar:
        names = " ".join(OWN)
        mapped.shell(script, [folder / "node"], [names], ids.narrow(), stdin=tar, what="laying the node's files")
    archive.unlink()
    progress.step("packing the control plane's images")
    (folder / "conf").mkdir()
    images.write_archive(folder / "conf" / "images.tar", _control_plane(parts), architecture())
    conf.write_conf(folder / "conf", NodeSpec(lab="golden"), api_server=False)


def _control_plane(parts: Parts) -> list[images.Image]:
    listed = [
        images.Image(f"registry.k8s.io/{name}:{addresses.KUBERNETES}", parts.inside(name), IMAGE_PATH.format(name))
        for name in addresses.CONTROL_PLANE
    ]
    listed.append(images.Image(addresses.ETCD_IMAGE, parts.inside("etcd"), IMAGE_PATH.format("etcd")))
    listed.append(images.Image(addresses.PAUSE_IMAGE, parts.inside("pause"), "/pause"))
    return listed


def _first_boot(folder: Path, parts: Parts, ids: idmap.IdMap, progress: Progress) -> None:
    """Images into the store, then one life of the cluster, so that etcd holds what every cluster has."""
    launch.launch(folder, parts, ids.narrow())
    node = LocalNode(folder)
    node.wait_for_file(addresses.CONTAINERD_SOCKET, 30.0)
    progress.step("unpacking the control plane's images")
    _must(node, ["/lab/bin/ctr", "-n", "k8s.io", "images", "import", "/lab/conf/images.tar"], 180)
    (folder / "conf" / "images.tar").unlink()
    _must(node, ["/lab/bin/labnode", "service", "stop", "containerd"], 20)
    _must(node, ["cp", "-a", "/var/lib/containerd", "/var/lib/images-only"], 120)
    progress.step("starting the control plane for the first time")
    for name in ("containerd", "kubelet"):
        _must(node, ["/lab/bin/labnode", "service", "start", name], 20)
    kubectl = ["/lab/bin/kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf"]
    _until(node, [*kubectl, "get", "--raw", "/readyz"], 120)
    binding = ["create", "clusterrolebinding", "kubeadm:cluster-admins"]
    _must(node, [*kubectl, *binding, "--clusterrole=cluster-admin", "--group=kubeadm:cluster-admins"], 20)
    for namespace in ("default", "kube-system", "kube-public", "kube-node-lease"):
        _until(node, [*kubectl, "-n", namespace, "get", "serviceaccount", "default"], 60)
    _until(node, [*kubectl, "wait", "--for=condition=Ready", "node", addresses.HOSTNAME, "--timeout=60s"], 90)
    _must(node, ["/bin/sh", "-c", "/lab/bin/kubectl completion bash >/root/.kubectl-completion"], 20)
    _must(node, ["/lab/bin/labnode", "service", "stop", "kubelet"], 20)
    _must(node, [*kubectl, "-n", "kube-system", "delete", "pods", "--all", "--force", "--grace-period=0"], 30)
    stop_node(folder)


def _must(node: LocalNode, argv: list[str], seconds: float) -> None:
    done = node.run(argv, timeout=seconds)
    if done.returncode:
        raise LabError(
            f"preparing the node failed: {' '.join(argv)}",
            details=(done.stdout + done.stderr).decode(errors="replace")[-2000:],
        )


def _until(node: LocalNode, argv: list[str], seconds: float) -> None:
    end = time.monotonic() + seconds
    while True:
        done = node.run(argv, timeout=seconds)
        if done.returncode == 0:
            return
        if time.monotonic() > end:
            raise LabError(
                f"preparing the node failed: {' '.join(argv)} did not succeed in {seconds:.0f} s",
                details=(done.stderr.decode(errors="replace") + "\n".join(node.kubelet_log(20)))[-3000:],
            )
        time.sleep(0.3)
