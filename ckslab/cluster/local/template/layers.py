"""Node templates with layers: each derived from the one below, made once, copied for each lab alike."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ckslab.cluster import binaries
from ckslab.cluster.backend import RUN, NodeLayer, NodeSpec
from ckslab.cluster.image_archive import Image, write_archive
from ckslab.cluster.local import conf, launch
from ckslab.cluster.local.namespace import idmap, userns
from ckslab.cluster.local.node import LocalNode
from ckslab.cluster.local.node_folder import remove_node, stop_node
from ckslab.cluster.local.node_programs import NodePrograms, architecture
from ckslab.cluster.local.template import plain
from ckslab.cluster.node import network
from ckslab.cluster.node.commands import check_run
from ckslab.cluster.node.image_names import name_by_digest
from ckslab.progress import Progress

TAKE_ETCD = 'rm -rf "$2/var/lib/etcd" && cp -a "$1/var/lib/etcd" "$2/var/lib/etcd"'
KUBECTL = ("/lab/bin/kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf")


def with_layers(programs: NodePrograms, ids: idmap.IdMap, layers: Sequence[NodeLayer], progress: Progress) -> Path:
    """The template's folder of node folders with these layers, made now if it is not there."""
    below = plain.ensure(programs, ids, progress)
    for layer in layers:
        made_of = binaries.ensure(layer.programs, progress) if layer.programs else {}
        folder = _folder(below, layer, made_of)
        making = _Making(below, layer, made_of, programs, ids, progress)
        plain.once(folder, ids, progress, making.make)
        below = folder / "node"
    return below


def _folder(below: Path, layer: NodeLayer, made_of: Mapping[str, Path]) -> Path:
    """Where it lies: named by the template below and by everything that goes into the layer."""
    text = f"{below.parent.name}\n{layer.name}\n{layer.version}\n"
    for name, path in sorted(made_of.items()):
        info = path.stat()
        text += f"{name} {info.st_size} {info.st_mtime_ns}\n"
    digest = hashlib.sha256(text.encode() + Path(__file__).read_bytes()).hexdigest()
    return below.parent.parent / f"{digest[:16]}"


@dataclass(frozen=True, slots=True)
class _Making:
    """A layer that is put onto the template `below`."""

    below: Path
    layer: NodeLayer
    made_of: Mapping[str, Path]
    programs: NodePrograms
    ids: idmap.IdMap
    progress: Progress

    def make(self, making: Path) -> None:
        """Fill making/node."""
        plain.copy(self.below, making, self.ids)
        if self.layer.images is not None:
            self._add_images(making, self.layer.images(self.made_of))
        if self.layer.install is not None:
            self._install(making)

    def _add_images(self, making: Path, found: Sequence[Image]) -> None:
        """Boot it without a control plane, and have the images in its store."""
        self.progress.step(f"preparing a node with {self.layer.name} (once)")
        (making / "conf").mkdir()
        write_archive(making / "conf" / "images.tar", found, architecture())
        conf.write_conf(making / "conf", NodeSpec(), api_server=False)
        launch.launch(making, self.programs, self.ids.narrow())
        node = LocalNode(making)
        node.wait_for_file(network.CONTAINERD_SOCKET, 30.0)
        check_run(node, ["/lab/bin/ctr", "-n", "k8s.io", "images", "import", "/lab/conf/images.tar"], 120)
        name_by_digest(node)
        check_run(node, ["/lab/bin/labnode", "service", "stop", "containerd"], 20)
        check_run(node, ["mv", "/var/lib/containerd", "/var/lib/images-only"], 20)
        stop_node(making)
        plain.finish(making, self.ids)

    def _install(self, making: Path) -> None:
        """Boot a copy, install the layer there, and take etcd as it is after that."""
        self.progress.step(f"installing {self.layer.name} on a node (once)")
        booted = making.with_name(f"{making.name}-booted")
        remove_node(booted, self.ids)
        booted.mkdir(mode=0o700)
        try:
            plain.copy(making / "node", booted, self.ids)
            conf.write_conf(booted / "conf", NodeSpec())
            launch.launch(booted, self.programs, self.ids.narrow())
            node = LocalNode(booted)
            node.wait_for_file(f"{RUN}/api.sock", 30.0)
            self._installed(node)
            stop_node(booted)
            folders = [booted / "node", making / "node"]
            userns.shell(TAKE_ETCD, folders, [], self.ids.wide(), what=f"keeping the objects of {self.layer.name}")
        finally:
            remove_node(booted, self.ids)

    def _installed(self, node: LocalNode) -> None:
        """Install it, and leave no pod in etcd."""
        assert self.layer.install is not None
        self.layer.install(node)
        check_run(node, ["/lab/bin/labnode", "service", "stop", "kubelet"], 20)
        delete = ["-n", "kube-system", "delete", "pods", "--all", "--force", "--grace-period=0"]
        check_run(node, [*KUBECTL, *delete], 30)
        plain.forget_leaders(node)
