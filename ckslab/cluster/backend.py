"""The protocol of backends: what a lab asks of its cluster, whether kind or the embedded node."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from ckslab.progress import Progress

if TYPE_CHECKING:
    from ckslab.cluster.image_archive import Image
    from ckslab.cluster.lab_images import LabImage

LABNODE = "/lab/bin/labnode"
"""Our helper program on every node (see ckslab/cluster/labnode)."""

RUN = "/run/ckslab"
"""Folder of our sockets and records on every node: starts.json (starts of the API server, with digests of
the files they read), sockets of the lab's services."""

CONF = "/lab/conf"
"""Folder of what a node was told, read-only there: what its init runs, a folder for each service of the lab."""

STORED_IMAGES = f"{CONF}/images.tar"
"""The archive from which a node's store got the lab's own images; not there where it has none. It stays: the mirror
of public names (see `ckslab.add_ons.images`) gives what is in it."""

NodeState = Literal["absent", "stopped", "running"]


@dataclass(frozen=True, slots=True)
class NodeFile:
    """A file to be laid on the node as root: content and permission bits."""

    path: str
    data: bytes
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class NodeService:
    """A service of the lab as its node's init runs it.

    name: among init's services. argv: a program without a path is one of /lab/bin. hosts: names under which the
    node finds itself, at `address`. files: content by name, laid into CONF/NAME, readable for all. wait_for: a path
    that must be there before it is started, "" for none. environment: beside what every service has.
    """

    name: str
    argv: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    wait_for: str = ""
    address: str = "127.0.0.1"
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NodeLayer:
    """What a node has beside a plain cluster, and beside the layers below: made once, and kept in a template.

    name: as messages say it. version: another one wherever what the layer makes is another. programs: binaries
    (see `ckslab.cluster.binaries`) of which `images` makes what the node's store is to hold, given them by name;
    they are counted as part of the version. install: run on a node with these images whose control plane
    starts; what it leaves in etcd is kept, and nothing else. tools: what nodes with the layer have in /lab/bin, by
    the names that they have there.
    """

    name: str
    version: str
    programs: tuple[str, ...] = ()
    images: Callable[[Mapping[str, Path]], Sequence[Image]] | None = None
    install: Callable[[Node], None] | None = None
    tools: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> str:
        """Tells it from every other layer, in records."""
        return f"{self.name} {hashlib.sha256(self.version.encode()).hexdigest()[:16]}"


def tools_of(layers: Sequence[NodeLayer]) -> dict[str, str]:
    """The tools of all these layers: binaries by the names that they have on the node."""
    return {name: binary for layer in layers for name, binary in layer.tools.items()}


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """What a node is made of, beside what every node has.

    files are laid over the node's root after its control plane was configured and before it starts,
    so that the API server starts once; removed are paths that are taken away there. images: of the
    lab's own, in the node's store or as archives on the node. layers: the lowest first. stock: the kubelet is
    left its own time after an edit (see `ckslab.cluster.node.exam_times`). environment: variables of every command
    on the node, beside those that all nodes have.
    """

    files: tuple[NodeFile, ...] = ()
    removed: tuple[str, ...] = ()
    services: tuple[NodeService, ...] = ()
    images: tuple[LabImage, ...] = ()
    layers: tuple[NodeLayer, ...] = ()
    stock: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


class Running(Protocol):
    """A command that runs in the node and is fed by its standard input (a lease)."""

    def readline(self, timeout: float) -> str:
        """One line of its output, without the line end; "" at its end. TookTooLong after `timeout` s."""

    def close(self) -> None:
        """End its standard input, wait for it, kill it after 5 s."""


class Node(Protocol):
    """A running node."""

    kubeconfig: Path
    """The admin's kubeconfig that works from outside the node (0600, ours alone)."""

    def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 20.0
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command as root in the node; never raises for its exit code.

        LabError when the node cannot be entered, or the command prints more than 96 MiB; TookTooLong after
        `timeout` seconds (it is killed).
        """

    def open(self, argv: Sequence[str]) -> Running:
        """Start a command in the node that runs until its standard input ends."""

    def shell_command(self, argv: Sequence[str], *, terminal: Mapping[str, str] | None) -> list[str]:
        """The command of this machine that runs `argv` in the node, on a terminal whose variables (TERM) these are.

        None: not on a terminal. Whoever runs it gives it the terminal, or the pipes, as its own.
        """

    def kubelet_log(self, lines: int = 400) -> list[str]:
        """The kubelet's last log lines, oldest first."""

    def ended(self) -> bool:
        """Whether the node has ended; cheap. LabError when it cannot be found out: the engine does not answer."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a backend can be used on this machine: if not, why, and what to do (three lines at most)."""

    usable: bool
    reason: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found out about one thing that labs need of this machine; advice may have several lines."""

    name: str
    level: Literal["ok", "warn", "bad"]
    detail: str
    advice: str = ""


class Backend(Protocol):
    """Makes, finds, stops and removes nodes. All state of a node lies in or is named by the lab's folder."""

    name: str

    def availability(self) -> Availability:
        """Probe what is used: a mount in a mapped namespace, an engine that answers. Under a second."""

    def examine(self) -> list[Examined]:
        """What it needs of this machine, the most basic first; nothing is made or fetched."""

    def capabilities(self) -> frozenset[str]:
        """What scenarios may require (see `ckslab.scenario.document.Capability`)."""

    def state(self, folder: Path) -> NodeState:
        """Of the node that belongs to a lab's folder; truthful after kill -9 and after a reboot. LabError
        when it cannot be found out: the engine does not answer.
        """

    def found(self, labs: Path) -> list[Path]:
        """The labs' folders of the nodes there are, told by the nodes themselves: a folder may be gone, and may
        lie elsewhere than in `labs`. Nodes that cannot be asked for are not among them.
        """

    def create(self, folder: Path, spec: NodeSpec, progress: Progress) -> Node:
        """A new node from its template (which is made first when missing), booted until the API
        server is ready or has ended on its configuration. A node that is there is replaced (reset).
        """

    def pristine(self, path: str, folder: Path) -> bytes | None:
        """A node file as the new node of the lab in `folder` will have it, or None: keys may not be among
        them. The template must exist (see `prepare`).
        """

    def prepare(self, progress: Progress, folder: Path | None = None, layers: Sequence[NodeLayer] = ()) -> None:
        """Make sure that binaries and the node's template (with these layers) are there; nothing to do is quick.
        With a lab's folder, all that must be there before its node can be planned.
        """

    def boot(self, folder: Path, progress: Progress) -> Node:
        """Start a stopped node again as it was left."""

    def open(self, folder: Path) -> Node:
        """The running node; LabError when it does not run."""

    def stop(self, folder: Path) -> None:
        """End all processes of the node; its files stay. Nothing to do is no error."""

    def remove(self, folder: Path) -> None:
        """Stop, and remove all of the node's files. Nothing to do is no error."""
