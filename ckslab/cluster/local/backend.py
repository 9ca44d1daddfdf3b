"""The embedded node as a backend: create, boot, stop, remove."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ckslab.cluster.backend import (
    RUN,
    STORED_IMAGES,
    Availability,
    Examined,
    NodeLayer,
    NodeSpec,
    NodeState,
    tools_of,
)
from ckslab.cluster.lab_images.on_node import laid_images, write_stored
from ckslab.cluster.local import conf, launch, node_programs, probe
from ckslab.cluster.local.namespace import idmap, userns
from ckslab.cluster.local.node import LocalNode
from ckslab.cluster.local.node_folder import stop_node
from ckslab.cluster.local.node_programs import NodePrograms, architecture
from ckslab.cluster.local.running_nodes import running_nodes
from ckslab.cluster.local.template import plain
from ckslab.cluster.local.template.layers import with_layers
from ckslab.cluster.node import environment, network
from ckslab.cluster.node.kubeconfig import admin_kubeconfig
from ckslab.errors import LabError
from ckslab.progress import Progress, Silent

ASIDE = "node.old"
"""The folder of a node that was replaced and is being removed."""


class LocalBackend:
    """See `ckslab.cluster.backend.Backend`."""

    name = "local"

    def availability(self) -> Availability:
        """A mount and a veth inside a mapped namespace: what a node really does."""
        return probe.availability()

    def examine(self) -> list[Examined]:
        """Namespaces, ids, tools of this machine, and the node's programs."""
        return probe.examine()

    def capabilities(self) -> frozenset[str]:
        """many-ids and image-builds with subordinate ids, services with iptables; the rest always."""
        has = {"static-pods", "running-pods"}
        if idmap.current().many:
            has |= {"many-ids", "image-builds"}
        if Path("/usr/sbin/iptables").exists():
            has.add("services")
        return frozenset(has)

    def state(self, folder: Path) -> NodeState:
        """By the node's own pid 1, recognised by its start time and this boot."""
        record = launch.read_record(folder)
        if record is not None and record.init.alive():
            return "running"
        return "stopped" if (folder / "node" / "etc").exists() else "absent"

    def found(self, labs: Path) -> list[Path]:
        """By the environment of each node's pid 1."""
        return [folder for folder, _ in running_nodes()]

    def prepare(self, progress: Progress, folder: Path | None = None, layers: Sequence[NodeLayer] = ()) -> None:
        """Binaries and node templates."""
        with_layers(node_programs.ensure(progress), idmap.current(), layers, progress)
        node_programs.ensure(progress, tools_of(layers))

    def pristine(self, path: str, folder: Path) -> bytes | None:
        """A file of the node template."""
        node = plain.ensure(node_programs.ensure(Silent()), idmap.current(), Silent())
        try:
            return (node / path.lstrip("/")).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError):
            return None

    def create(self, folder: Path, spec: NodeSpec, progress: Progress) -> LocalNode:
        """A new node from its template, booted."""
        ids = idmap.current()
        template = with_layers(node_programs.ensure(progress), ids, spec.layers, progress)
        programs = node_programs.ensure(progress, tools_of(spec.layers))
        stop_node(folder, grace=0.0)  # nothing of it is kept
        progress.step("copying the node template")
        with self._set_aside(folder, ids):
            plain.copy(template, folder, ids)
            laid = (*spec.files, *laid_images(spec.images, architecture()))
            conf.write_conf(folder / "conf", replace(spec, files=laid))
            write_stored(_archive(folder), spec.images, architecture())
            environment.keep_environment(folder, spec.environment)
            return self._boot(folder, programs, progress, new=True)

    def boot(self, folder: Path, progress: Progress) -> LocalNode:
        """Start a stopped node again as it was left."""
        stop_node(folder)
        ids = idmap.current()
        script = 'cd "$1" && rm -rf run tmp && mkdir run tmp'
        userns.shell(script, [folder / "node"], [], ids.wide(), what="clearing /run")
        return self._boot(folder, node_programs.ensure(progress, conf.tools(folder / "conf")), progress)

    def open(self, folder: Path) -> LocalNode:
        """The running node."""
        node = LocalNode(folder)
        if node.record.relay is None or not node.record.relay.alive():
            self._relay(node, node_programs.ensure(Silent()))
        return node

    def stop(self, folder: Path) -> None:
        """End all processes of the node."""
        stop_node(folder)

    def remove(self, folder: Path) -> None:
        """Stop, and remove the node's files."""
        ids = idmap.current()
        stop_node(folder)
        for name in ("node", "conf", ASIDE):
            self._clear(folder, name, ids)
        for name in ("kubeconfig", "node.log", "node.json.new", "relay.lock", environment.FILE):
            (folder / name).unlink(missing_ok=True)

    @contextmanager
    def _set_aside(self, folder: Path, ids: idmap.IdMap) -> Iterator[None]:
        """Make room for a new node; the files of the one before are removed beside what is done meanwhile."""
        self._clear(folder, ASIDE, ids)  # of a command that was killed
        self._clear(folder, "conf", ids)
        if (folder / "node").exists():
            (folder / "node").rename(folder / ASIDE)
        with ThreadPoolExecutor(1) as pool:
            removed = pool.submit(self._clear, folder, ASIDE, ids)
            yield
            removed.result()

    def _clear(self, folder: Path, name: str, ids: idmap.IdMap) -> None:
        path = folder / name
        if not path.exists():
            return
        if name != "conf":
            script = 'cd "$1" && find . -mindepth 1 -maxdepth 1 -exec rm -rf {} +'
            userns.shell(script, [path], [], ids.wide(), what="removing the node's files")
            path.rmdir()
        else:
            shutil.rmtree(path)

    def _boot(self, folder: Path, programs: NodePrograms, progress: Progress, *, new: bool = False) -> LocalNode:
        progress.step("starting containerd and the kubelet")
        launch.launch(folder, programs, idmap.current().narrow())
        node = LocalNode(folder)
        try:
            node.wait_for_file(f"{RUN}/api.sock", 60.0)
            self._relay(node, programs)
            if new and _archive(folder).exists():
                self._import_images(node)
        except BaseException:
            stop_node(folder)
            raise
        return node

    def _import_images(self, node: LocalNode) -> None:
        node.wait_for_file(network.CONTAINERD_SOCKET, 60.0)
        command = ["/lab/bin/ctr", "-n", "k8s.io", "images", "import", STORED_IMAGES]
        done = node.run(command, timeout=60)
        if done.returncode:
            raise LabError("loading the lab's images failed", details=done.stderr.decode(errors="replace")[-2000:])

    def _relay(self, node: LocalNode, programs: NodePrograms) -> None:
        node.record = launch.ensure_relay(node.folder, programs)
        self._write_kubeconfig(node)

    def _write_kubeconfig(self, node: LocalNode) -> None:
        server = f"https://127.0.0.1:{node.record.port}"
        try:
            there = node.run(["cat", "/etc/kubernetes/admin.conf"]).stdout.decode(errors="replace")
            text = admin_kubeconfig(there, server)
        except LabError:
            if not node.kubeconfig.exists():
                raise
            text = admin_kubeconfig(node.kubeconfig.read_text(), server)  # somebody has broken the node's own
        temporary = node.folder / "kubeconfig.new"
        temporary.touch(mode=0o600)
        temporary.write_text(text)
        temporary.replace(node.kubeconfig)


def _archive(folder: Path) -> Path:
    """The lab's own images in its store, as its node sees them at STORED_IMAGES."""
    return folder / "conf" / Path(STORED_IMAGES).name
