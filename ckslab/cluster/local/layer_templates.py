"""Golden states with layers: each derived from the one below, made once, copied for each lab alike."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ckslab.cluster import binaries, images
from ckslab.cluster.backend import NodeLayer, NodeSpec
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
KUBECTL = ("/lab/bin/kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf")


def ensure(parts: Parts, ids: idmap.IdMap, layers: Sequence[NodeLayer], progress: Progress) -> Path:
    """The golden state's folder of node folders with these layers, made now if it is not there."""
    below = golden.ensure(parts, ids, progress)
    for layer in layers:
        programs = binaries.ensure(layer.programs, progress) if layer.programs else {}
        folder = _folder(below, layer, programs)
        making = _Making(below, layer, programs, parts, ids, progress)
        golden.once(folder, ids, progress, making.make)
        below = folder / "node"
    return below


def _folder(below: Path, layer: NodeLayer, programs: Mapping[str, Path]) -> Path:
    """Where it lies: named by the state below and by everything that goes into the layer."""
    text = f"{below.parent.name}\n{layer.name}\n{layer.version}\n"
    for name, path in sorted(programs.items()):
        info = path.stat()
        text += f"{name} {info.st_size} {info.st_mtime_ns}\n"
    digest = hashlib.sha256(text.encode() + Path(__file__).read_bytes()).hexdigest()
    return below.parent.parent / f"{digest[:16]}"


@dataclass(frozen=True, slots=True)
class _Making:
    """A layer that is put onto the state `below`."""

    below: Path
    layer: NodeLayer
    programs: Mapping[str, Path]
    parts: Parts
    ids: idmap.IdMap
    progress: Progress

    def make(self, making: Path) -> None:
        """Fill making/node."""
        golden.copy(self.below, making, self.ids)
        if self.layer.images is not None:
            self._add_images(making, self.layer.images(self.programs))
        if self.layer.install is not None:
            self._install(making)

    def _add_images(self, making: Path, found: Sequence[images.Image]) -> None:
        """Boot it without a control plane, and have the images in its store."""
        self.progress.step(f"preparing a node with {self.layer.name} (once)")
        (making / "conf").mkdir()
        images.write_archive(making / "conf" / "images.tar", found, architecture())
        conf.write_conf(making / "conf", NodeSpec(lab="golden"), api_server=False)
        launch.launch(making, self.parts, self.ids.narrow())
        node = LocalNode(making)
        node.wait_for_file(addresses.CONTAINERD_SOCKET, 30.0)
        must(node, ["/lab/bin/ctr", "-n", "k8s.io", "images", "import", "/lab/conf/images.tar"], 120)
        must(node, ["/lab/bin/labnode", "service", "stop", "containerd"], 20)
        must(node, ["mv", "/var/lib/containerd", "/var/lib/images-only"], 20)
        stop_node(making)
        golden.finish(making, self.ids)

    def _install(self, making: Path) -> None:
        """Boot a copy, install the layer there, and take etcd as it is after that."""
        self.progress.step(f"installing {self.layer.name} on a node (once)")
        booted = making.with_name("making-booted")
        remove_node(booted, self.ids)
        booted.mkdir(mode=0o700)
        try:
            golden.copy(making / "node", booted, self.ids)
            conf.write_conf(booted / "conf", NodeSpec(lab="golden"))
            launch.launch(booted, self.parts, self.ids.narrow())
            self._installed(LocalNode(booted))
            stop_node(booted)
            folders = [booted / "node", making / "node"]
            mapped.shell(TAKE_ETCD, folders, [], self.ids.wide(), what=f"keeping the objects of {self.layer.name}")
        finally:
            remove_node(booted, self.ids)

    def _installed(self, node: LocalNode) -> None:
        """Install it, and leave no pod in etcd."""
        assert self.layer.install is not None
        self.layer.install(node)
        must(node, ["/lab/bin/labnode", "service", "stop", "kubelet"], 20)
        delete = ["-n", "kube-system", "delete", "pods", "--all", "--force", "--grace-period=0"]
        must(node, [*KUBECTL, *delete], 30)
        golden.forget_leaders(node)
