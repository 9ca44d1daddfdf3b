"""The node template: a node's folders after kubeadm and a first boot, made once and copied for each lab."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ckslab import __version__
from ckslab.cluster import binaries, image_archive
from ckslab.cluster.local import TEMPLATES, launch
from ckslab.cluster.local.namespace import idmap, userns
from ckslab.cluster.local.namespace.sandbox import OWN
from ckslab.cluster.local.node import LocalNode
from ckslab.cluster.local.node_folder import new_node_folder, remove_node, stop_node
from ckslab.cluster.local.node_programs import NodePrograms
from ckslab.cluster.local.template import first_files
from ckslab.cluster.local.template.first_files import lay_first_files, pack_conf
from ckslab.cluster.node import image_names, network
from ckslab.cluster.node.commands import check_run, retry_run
from ckslab.cluster.node.image_names import name_by_digest
from ckslab.cluster.node.templates import SHARED
from ckslab.progress import Progress

KEPT_SECONDS = 3600
"""How long a template of other programs is kept after it was used last."""

MAKING, LOCK = ".making", ".lock"
"""Beside a template's folder: the one that becomes it, and who is making it."""

COPY = """
cd "$2"
for name in $3; do mkdir -p "$name"; done
tar -C "$1" --sparse --exclude=./var/lib/containerd -cf - . | tar -xpf -
[ -n "$4" ] && cp -al "$1/var/lib/containerd" var/lib/containerd 2>/dev/null || {
    rm -rf var/lib/containerd # another file system
    cp -a "$1/var/lib/containerd" var/lib/containerd
}
cd var/lib/containerd
find . -type f -name '*.db' | while read -r db; do cp -p "$db" "$db.own" && mv "$db.own" "$db"; done
"""
"""Copies a node template. Where there is a keeper ($4) the images' files are shared by hard links: their owner,
the keeper, does not exist in a lab, so none can write to them. All else is the lab's own. Sparse: most of etcd's
log is room that it has reserved (and tar sees a hole only where the template was made to have one)."""

FINISH = """
cd "$1"
rm -rf etc/kubernetes/pki etc/kubernetes/*.conf root/.kube run/* tmp/* var/log/* var/run var/lib/ckslab
find var/lib/kubelet -mindepth 1 -maxdepth 1 ! -name config.yaml -exec rm -rf {} +
rm -rf var/lib/containerd var/lib/cni
for log in var/lib/etcd/member/wal/*; do cp -p --sparse=always "$log" "$log.new" && mv "$log.new" "$log"; done
mv var/lib/images-only var/lib/containerd
if [ -n "$2" ]; then
    find var/lib/containerd -type f ! -name '*.db' -exec chown "$2:$2" {} + -exec chmod a+r {} +
fi
"""


def _cache() -> Path:
    return binaries.cache_dir().parent


def folder_for(programs: NodePrograms, ids: idmap.IdMap) -> Path:
    """Where the template of exactly these programs, texts and owners lies."""
    text = hashlib.sha256(f"{__version__} {programs.digest} {ids.name} {ids.many}".encode())
    packing = Path(image_archive.__file__).parent.glob("*.py")
    code = [Path(module) for module in (__file__, first_files.__file__, image_names.__file__)]
    for file in sorted([*TEMPLATES.iterdir(), *SHARED.iterdir(), *packing, *code]):
        text.update(file.read_bytes())
    return _cache() / "node-templates" / text.hexdigest()[:16]


def ensure(programs: NodePrograms, ids: idmap.IdMap, progress: Progress) -> Path:
    """The template's folder of node folders, made now if it is not there."""
    template = folder_for(programs, ids)
    once(template, ids, progress, lambda making: _make(making, programs, ids, progress))
    return template / "node"


def once(template: Path, ids: idmap.IdMap, progress: Progress, make: Callable[[Path], None]) -> None:
    """Have `make` fill a new folder, with node/ in it, that becomes `template`; nothing to do if that is there."""
    if template.exists():
        os.utime(template)
        return
    with _lock(template, progress):
        if template.exists():
            return
        making = template.with_suffix(MAKING)
        remove_node(making, ids)
        making.mkdir(mode=0o700)
        (making / "ids").write_text(ids.name)
        try:
            make(making)
        except BaseException:
            stop_node(making)
            raise
        for name in ("conf", "node.log", "node.json", "kubeconfig", "relay.lock"):
            path = making / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        making.rename(template)


@contextmanager
def _lock(template: Path, progress: Progress) -> Iterator[None]:
    """Of this template alone: another ckslab's, of other programs, may take minutes."""
    template.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with template.with_suffix(LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.step("waiting for another ckslab that prepares the same node")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(making: Path, programs: NodePrograms, ids: idmap.IdMap, progress: Progress) -> None:
    _remove_stale(making, ids)
    new_node_folder(making, ids)
    progress.step("preparing the node (once)")
    lay_first_files(making, programs, ids)
    progress.step("packing the control plane's images")
    pack_conf(making / "conf", programs)
    _first_boot(making, programs, ids, progress)
    finish(making, ids)


def finish(making: Path, ids: idmap.IdMap) -> None:
    """Take away what one life of a node left: keys, logs, records; images are what /var/lib/images-only holds."""
    keeper = "" if ids.keeper is None else str(ids.keeper)
    userns.shell(FINISH, [making / "node"], [keeper], ids.wide(), what="tidying the node template")


def _remove_stale(making: Path, ids: idmap.IdMap) -> None:
    """Templates of other programs and texts that nobody has used lately: another ckslab may share the cache.

    Those of other owners can be removed by them only.
    """
    of_0_1_0 = _cache() / "golden"
    for old in [*making.parent.iterdir(), *(of_0_1_0.iterdir() if of_0_1_0.is_dir() else ())]:
        if old.is_dir() and not _being_made(old) and _is_stale(old, ids):
            remove_node(old, ids)


def _being_made(folder: Path) -> bool:
    """By this ckslab or another: who makes it has its lock."""
    if MAKING not in folder.name:
        return False
    with folder.with_suffix(LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _is_stale(folder: Path, ids: idmap.IdMap) -> bool:
    try:
        idle = time.time() - folder.stat().st_mtime
        return idle > KEPT_SECONDS and (folder / "ids").read_text() == ids.name
    except FileNotFoundError:
        return True


def copy(template: Path, folder: Path, ids: idmap.IdMap) -> None:
    """Make folder/node from a node template."""
    new_node_folder(folder, ids)
    names, keeper = " ".join(OWN), "" if ids.keeper is None else str(ids.keeper)
    if os.geteuid() != 0:
        folders = [template, folder / "node"]
        userns.shell(COPY, folders, [names, keeper], ids.wide(), what="copying the node template")
        return
    # bound folders are mounts of their own, and no hard link leads from one mount to another
    command = ["/bin/sh", "-euc", COPY, "sh", str(template), str(folder / "node"), names, keeper]
    userns.run(command, None, what="copying the node template")


def _first_boot(folder: Path, programs: NodePrograms, ids: idmap.IdMap, progress: Progress) -> None:
    """Images into the store, then one life of the cluster, so that etcd holds what every cluster has."""
    launch.launch(folder, programs, ids.narrow())
    node = LocalNode(folder)
    node.wait_for_file(network.CONTAINERD_SOCKET, 30.0)
    progress.step("unpacking the control plane's images")
    check_run(node, ["/lab/bin/ctr", "-n", "k8s.io", "images", "import", "/lab/conf/images.tar"], 180)
    (folder / "conf" / "images.tar").unlink()
    name_by_digest(node)
    check_run(node, ["/lab/bin/labnode", "service", "stop", "containerd"], 20)
    check_run(node, ["cp", "-a", "/var/lib/containerd", "/var/lib/images-only"], 120)
    progress.step("starting the control plane for the first time")
    for name in ("containerd", "kubelet"):
        check_run(node, ["/lab/bin/labnode", "service", "start", name], 20)
    kubectl = ["/lab/bin/kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf"]
    retry_run(node, [*kubectl, "get", "--raw", "/readyz"], 120)
    binding = ["create", "clusterrolebinding", "kubeadm:cluster-admins"]
    check_run(node, [*kubectl, *binding, "--clusterrole=cluster-admin", "--group=kubeadm:cluster-admins"], 20)
    for namespace in ("default", "kube-system", "kube-public", "kube-node-lease"):
        retry_run(node, [*kubectl, "-n", namespace, "get", "serviceaccount", "default"], 60)
    retry_run(node, [*kubectl, "wait", "--for=condition=Ready", "node", network.HOSTNAME, "--timeout=60s"], 90)
    check_run(node, ["/bin/sh", "-c", "/lab/bin/kubectl completion bash >/root/.kubectl-completion"], 20)
    check_run(node, ["/lab/bin/labnode", "service", "stop", "kubelet"], 20)
    check_run(node, [*kubectl, "-n", "kube-system", "delete", "pods", "--all", "--force", "--grace-period=0"], 30)
    forget_leaders(node)
    stop_node(folder)


LEADERS = "kube-controller-manager kube-scheduler"

KILL_LEADERS = """
for process in /proc/[0-9]*; do
    name=$(tr '\\0' ' ' <$process/cmdline 2>/dev/null | cut -d' ' -f1)
    case " $1 " in *" $name "*) kill -9 "${process#/proc/}" ;; esac
done
"""


def forget_leaders(node: LocalNode) -> None:
    """Leave no lease of a controller manager or scheduler behind; the kubelet is stopped.

    A new one waits 15 s for the one that the lease names, however old the lease is (client-go counts from when
    it first saw it).
    """
    check_run(node, ["/bin/sh", "-c", KILL_LEADERS, "sh", LEADERS], 20)
    kubectl = ["/lab/bin/kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf", "-n", "kube-system"]
    check_run(node, [*kubectl, "delete", "lease", *LEADERS.split(), "--ignore-not-found"], 30)
