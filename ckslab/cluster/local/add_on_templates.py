"""Golden states with add-ons: derived from the plain one, made once each, copied for each lab alike.

"gatekeeper-image": the node's store holds Gatekeeper's image. "gatekeeper": it is installed too, scaled to 0 and
without its webhook configurations, so that each lab starts it with keys of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from ckslab.add_ons import gatekeeper
from ckslab.add_ons.gatekeeper import install
from ckslab.cluster import binaries
from ckslab.cluster.backend import AddOn, NodeSpec
from ckslab.cluster.local import conf, idmap, launch
from ckslab.cluster.local import node_template as golden
from ckslab.cluster.local import userns as mapped
from ckslab.cluster.local.node import LocalNode
from ckslab.cluster.local.node_folder import remove_node, stop_node
from ckslab.cluster.local.node_programs import Parts, architecture
from ckslab.cluster.node import network as addresses
from ckslab.cluster.node.commands import must
from ckslab.progress import Progress

TAKE_ETCD = 'rm -rf "$2/var/lib/etcd" && cp -a "$1/var/lib/etcd" "$2/var/lib/etcd"'


def ensure(parts: Parts, ids: idmap.IdMap, add_ons: Sequence[AddOn], progress: Progress) -> Path:
    """The golden state's folder of node folders with these add-ons, made now if it is not there."""
    plain = golden.ensure(parts, ids, progress)
    if not add_ons:
        return plain
    program = binaries.ensure(["gatekeeper"], progress)["gatekeeper"]
    with_image = _folder(plain, program, "gatekeeper-image")
    golden.once(
        with_image, ids, progress, lambda making: _with_image(plain, making, program, parts, ids, progress)
    )
    if "gatekeeper" not in add_ons:
        return with_image / "node"
    installed = _folder(plain, program, "gatekeeper")
    image = with_image / "node"
    golden.once(installed, ids, progress, lambda making: _installed(image, making, parts, ids, progress))
    return installed / "node"


def _folder(plain: Path, program: Path, add_on: AddOn) -> Path:
    """Where it lies: named by the plain state and by everything that goes into the add-on."""
    info = program.stat()
    text = f"{plain.parent.name} {add_on} {info.st_size} {info.st_mtime_ns}\n{gatekeeper.manifest()}"
    ours = Path(__file__).read_bytes() + Path(install.__file__).read_bytes()
    digest = hashlib.sha256(text.encode() + ours).hexdigest()
    return plain.parent.parent / f"{digest[:16]}"


def _with_image(
    plain: Path, making: Path, program: Path, parts: Parts, ids: idmap.IdMap, progress: Progress
) -> None:
    """The plain state, with the image of the manager's binary in the store."""
    progress.step("preparing a node with Gatekeeper's image (once)")
    golden.copy(plain, making, ids)
    (making / "conf").mkdir()
    install.write_archive(making / "conf" / "images.tar", program, architecture())
    conf.write_conf(making / "conf", NodeSpec(lab="golden"), api_server=False)
    launch.launch(making, parts, ids.narrow())
    node = LocalNode(making)
    node.wait_for_file(addresses.CONTAINERD_SOCKET, 30.0)
    must(node, ["/lab/bin/ctr", "-n", "k8s.io", "images", "import", "/lab/conf/images.tar"], 120)
    must(node, ["/lab/bin/labnode", "service", "stop", "containerd"], 20)
    must(node, ["mv", "/var/lib/containerd", "/var/lib/images-only"], 20)
    stop_node(making)
    golden.finish(making, ids)


def _installed(image: Path, making: Path, parts: Parts, ids: idmap.IdMap, progress: Progress) -> None:
    """The state with the image, and etcd as it is after the manifest was applied."""
    progress.step("installing Gatekeeper on a node (once)")
    booted = making.with_name("making-booted")
    remove_node(booted, ids)
    booted.mkdir(mode=0o700)
    try:
        golden.copy(image, booted, ids)
        conf.write_conf(booted / "conf", NodeSpec(lab="golden"))
        launch.launch(booted, parts, ids.narrow())
        _install(LocalNode(booted))
        stop_node(booted)
        golden.copy(image, making, ids)
        folders = [booted / "node", making / "node"]
        mapped.shell(TAKE_ETCD, folders, [], ids.wide(), what="keeping Gatekeeper's objects")
    finally:
        remove_node(booted, ids)


def _install(node: LocalNode) -> None:
    """Install it, and leave no pod in etcd."""
    install.install(node)
    must(node, ["/lab/bin/labnode", "service", "stop", "kubelet"], 20)
    delete = ["-n", "kube-system", "delete", "pods", "--all", "--force", "--grace-period=0"]
    must(node, [*install.KUBECTL, *delete], 30)
    golden.forget_leaders(node)
