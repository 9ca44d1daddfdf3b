"""kind as a backend: create, boot, stop, remove."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ckslab.cluster.backend import AddOn, Availability, NodeSpec, NodeState
from ckslab.cluster.kind import container, golden, node_image, program
from ckslab.cluster.kind import engine as engines
from ckslab.cluster.kind.engine import Engine
from ckslab.cluster.kind.node import KindNode
from ckslab.cluster.kind.record import Record, cluster_name, forget, read_record, write_record
from ckslab.cluster.kind.renew import renew
from ckslab.errors import LabError
from ckslab.progress import Progress

OURS = ("kubeconfig", "kubeconfig.lock", golden.FILE, f"{golden.FILE}.new", "kind.json.new")
CAPABILITIES = frozenset({"static-pods", "running-pods", "many-ids", "services"})


class KindBackend:
    """See `ckslab.cluster.backend.Backend`. image: of kind's nodes, instead of the pinned one."""

    name = "kind"

    def __init__(self, image: str | None = None) -> None:
        self._asked = image

    def availability(self) -> Availability:
        """Whether an engine answers."""
        try:
            engines.answering()
        except LabError as error:
            return Availability(False, error.message, error.advice)
        return Availability(True)

    def capabilities(self) -> frozenset[str]:
        """All but add-ons: it is a whole cluster."""
        return CAPABILITIES

    def state(self, folder: Path) -> NodeState:
        """By the container that the record names; LabError when the engine does not answer."""
        record = read_record(folder)
        if record is None or not record.container or not golden.there(folder):
            return "absent"
        found = container.of_lab(engines.named(record.engine), record)
        if found is None:
            return "absent"
        return "running" if found.running else "stopped"

    def prepare(
        self, progress: Progress, folder: Path | None = None, add_ons: Sequence[AddOn] = ()
    ) -> None:
        """Kind and the node image; for a lab's folder its cluster, too, with its golden state."""
        record = read_record(folder) if folder else None
        if record is None:
            engine, base = engines.answering(), node_image.wanted(self._asked)
        else:  # a reset changes neither engine nor image
            engine, base = engines.named(record.engine), self._asked or record.base
        if record is not None and node_image.present(engine, record.image) and not node_image.present(engine, base):
            image = record.image  # all that is left of a base that was removed
        else:
            image = node_image.ensure(engine, base, progress)
        kind = program.ensure(progress)
        if folder is None:
            return
        if record is not None:
            usable = record.container and record.image == image and golden.there(folder)
            found = container.of_lab(engine, record) if usable else None
            if found is not None:
                container.start(engine, found)
                return
            progress.step("removing the cluster before")
            container.remove(engine, record)
        self._make(folder, engine, kind, image, base, progress)

    def pristine(self, path: str, folder: Path) -> bytes | None:
        """A file of the lab's golden state."""
        return golden.read(folder, path)

    def create(self, folder: Path, spec: NodeSpec, progress: Progress) -> KindNode:
        """The lab laid over its cluster, which is put back to its golden state unless it is new."""
        self.prepare(progress, folder)
        record = _must_have(folder)
        try:
            return self._lay(folder, record, spec, progress)
        except (LabError, TimeoutError):
            engine = engines.named(record.engine)
            if record.fresh or container.of_lab(engine, record) is None:  # LabError when the engine is gone
                raise
            progress.step("the cluster cannot be put back: making another")
            container.remove(engine, record)
            self.prepare(progress, folder)
            return self._lay(folder, _must_have(folder), spec, progress)

    def _lay(self, folder: Path, record: Record, spec: NodeSpec, progress: Progress) -> KindNode:
        progress.step("laying the lab's files" if record.fresh else "putting the golden state back")
        node = KindNode(folder, engines.named(record.engine), record)
        write_record(folder, _used(record))
        renew(node, folder, spec, _architecture(node), golden=not record.fresh)
        return KindNode(folder, node.engine, _must_have(folder))

    def boot(self, folder: Path, progress: Progress) -> KindNode:
        """Start a stopped node again as it was left."""
        record = _must_have(folder)
        engine = engines.named(record.engine)
        found = container.of_lab(engine, record)
        if found is None:
            raise LabError("the lab's cluster is gone", advice=f"next: ckslab reset {folder.name}")
        progress.step("starting the cluster's container")
        container.start(engine, found)
        return KindNode(folder, engine, record)

    def open(self, folder: Path) -> KindNode:
        """The running node."""
        record = _must_have(folder)
        return KindNode(folder, engines.named(record.engine), record)

    def stop(self, folder: Path) -> None:
        """Stop the node's container."""
        record = read_record(folder)
        if record is not None:
            container.stop(engines.named(record.engine), record)

    def remove(self, folder: Path) -> None:
        """Remove the cluster, and what we keep of it."""
        record = read_record(folder)
        if record is not None:
            container.remove(engines.named(record.engine), record)
        for name in OURS:
            (folder / name).unlink(missing_ok=True)
        forget(folder)

    def _make(
        self, folder: Path, engine: Engine, kind: Path, image: str, base: str, progress: Progress
    ) -> None:
        """Kind create cluster. The record is written first: whatever ends us, the cluster is known as ours."""
        for name in OURS:
            (folder / name).unlink(missing_ok=True)
        cluster = cluster_name(folder)
        container.refuse_stranger(engine, cluster)
        making = Record(engine.name, cluster, "", image, base, fresh=True)
        write_record(folder, making)
        if container.of_lab(engine, making) is not None:  # of a lab here whose folder was lost
            container.remove(engine, making)
        program.create(kind, engine, cluster, image, folder / "kubeconfig", progress)
        found = container.of_lab(engine, making)
        if found is None:
            raise LabError("kind made a cluster that is not there", advice="next: ckslab doctor")
        made = Record(engine.name, cluster, found.id, image, base, fresh=True)
        progress.step("keeping the golden state")
        golden.save(KindNode(folder, engine, made), folder)
        write_record(folder, made)


def _must_have(folder: Path) -> Record:
    record = read_record(folder)
    if record is None or not record.container:
        raise LabError("the lab's cluster is gone", advice=f"next: ckslab reset {folder.name}")
    return record


def _used(record: Record) -> Record:
    return Record(record.engine, record.cluster, record.container, record.image, record.base, fresh=False)


def _architecture(node: KindNode) -> str:
    return node.engine.must(
        "image", "inspect", "--format={{.Architecture}}", node.record.image, what="looking at the node's image"
    )
