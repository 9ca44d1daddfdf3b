"""kind as a backend: create, boot, stop, remove."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ckslab.cluster.backend import Availability, Examined, NodeLayer, NodeSpec, NodeState, tools_of
from ckslab.cluster.kind import container, layer_images, node_image, program, snapshot
from ckslab.cluster.kind import engine as engines
from ckslab.cluster.kind.apply_lab import apply_lab
from ckslab.cluster.kind.engine import Engine
from ckslab.cluster.kind.examine import examine
from ckslab.cluster.kind.node import KindNode
from ckslab.cluster.kind.record import Record, cluster_name, forget, lab_folder, read_record, write_record
from ckslab.cluster.node import environment
from ckslab.cluster.node.image_names import name_by_digest
from ckslab.errors import LabError
from ckslab.progress import Progress

OURS = ("kubeconfig", "kubeconfig.lock", snapshot.FILE, f"{snapshot.FILE}.new", "kind.json.new", environment.FILE)
CAPABILITIES = frozenset({"static-pods", "running-pods", "many-ids", "services", "image-builds"})


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

    def examine(self) -> list[Examined]:
        """The engine, the kind program and the node image."""
        return examine(self._asked)

    def capabilities(self) -> frozenset[str]:
        """All: it is a whole cluster."""
        return CAPABILITIES

    def state(self, folder: Path) -> NodeState:
        """By the container that the record names; LabError when the engine does not answer."""
        record = read_record(folder)
        if record is None or not record.container or not snapshot.there(folder):
            return "absent"
        found = container.of_lab(engines.named(record.engine), record)
        if found is None:
            return "absent"
        return "running" if found.running else "stopped"

    def found(self, labs: Path) -> list[Path]:
        """By the containers that were made from our image; a cluster's name tells its lab's folder."""
        try:
            names = container.clusters(engines.answering())
        except LabError:
            return []
        return [folder for name in names if (folder := lab_folder(name, labs.resolve())) is not None]

    def prepare(self, progress: Progress, folder: Path | None = None, layers: Sequence[NodeLayer] = ()) -> None:
        """Kind, the node image, what layers are made of; for a lab's folder its cluster and snapshot, too."""
        record = read_record(folder) if folder else None
        engine, base, image = self._image(record, tools_of(layers), progress)
        kind = program.ensure(progress)
        if folder and record and record.image == image and record.layers == _keys(layers):
            found = container.of_lab(engine, record) if record.container and snapshot.there(folder) else None
            if found is not None:
                container.start(engine, found)
                return
        for layer in layers:
            layer_images.ensure(layer, node_image.architecture(engine, image), progress)
        if folder is None:
            return
        if record is not None:
            progress.step("removing the cluster before")
            container.remove(engine, record)
        making = Record(engine.name, cluster_name(folder), "", image, base, fresh=True, layers=_keys(layers))
        self._make(folder, engine, kind, making, layers, progress)

    def _image(
        self, record: Record | None, tools: Mapping[str, str], progress: Progress
    ) -> tuple[Engine, str, str]:
        """Engine, base and our image of it; of a lab's cluster those that it has: a reset changes none."""
        if record is None:
            engine, base = engines.answering(), node_image.wanted(self._asked)
        else:
            engine, base = engines.named(record.engine), self._asked or record.base
            if node_image.present(engine, record.image) and not node_image.present(engine, base):
                return engine, base, record.image  # all that is left of a base that was removed
        image = node_image.ensure(engine, base, progress)
        return engine, base, node_image.with_tools(engine, image, tools, progress)

    def pristine(self, path: str, folder: Path) -> bytes | None:
        """A file of the cluster's snapshot."""
        return snapshot.read(folder, path)

    def create(self, folder: Path, spec: NodeSpec, progress: Progress) -> KindNode:
        """The lab laid over its cluster, which is put back to its snapshot unless it is new."""
        self.prepare(progress, folder, spec.layers)
        record = _must_have(folder)
        try:
            return self._lay(folder, record, spec, progress)
        except (LabError, TimeoutError):
            engine = engines.named(record.engine)
            if record.fresh or container.of_lab(engine, record) is None:  # LabError when the engine is gone
                raise
            progress.step("the cluster cannot be put back: making another")
            container.remove(engine, record)
            self.prepare(progress, folder, spec.layers)
            return self._lay(folder, _must_have(folder), spec, progress)

    def _lay(self, folder: Path, record: Record, spec: NodeSpec, progress: Progress) -> KindNode:
        progress.step("laying the lab's files" if record.fresh else "putting the cluster's snapshot back")
        environment.keep_environment(folder, spec.environment)
        node = KindNode(folder, engines.named(record.engine), record)
        write_record(folder, replace(record, fresh=False))
        architecture = node_image.architecture(node.engine, record.image)
        apply_lab(node, folder, spec, architecture, reset=not record.fresh)
        layer_images.load_all(node, spec.layers, architecture, progress)  # its learner may have removed one
        if not record.fresh:
            snapshot.refuse_lost_images(node)
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
        record = read_record(folder) or self._lost(folder)
        if record is not None:
            container.remove(engines.named(record.engine), record)
        for name in OURS:
            (folder / name).unlink(missing_ok=True)
        forget(folder)

    def _lost(self, folder: Path) -> Record | None:
        """The record of a cluster that the lab's folder knows nothing of."""
        if folder.resolve() not in self.found(folder.parent):
            return None
        return Record(engines.answering().name, cluster_name(folder), "", "", "", fresh=False)

    def _make(
        self,
        folder: Path,
        engine: Engine,
        kind: Path,
        making: Record,
        layers: Sequence[NodeLayer],
        progress: Progress,
    ) -> None:
        """Kind create cluster. The record is written first: whatever ends us, the cluster is known as ours."""
        for name in OURS:
            (folder / name).unlink(missing_ok=True)
        container.refuse_stranger(engine, making.cluster)
        write_record(folder, making)
        if container.of_lab(engine, making) is not None:  # of a lab here whose folder was lost
            container.remove(engine, making)
        try:
            program.create(kind, engine, making.cluster, making.image, folder / "kubeconfig", progress)
        except LabError:
            container.remove(engine, making)
            raise
        found = container.of_lab(engine, making)
        if found is None:
            raise LabError("kind made a cluster that is not there", advice="next: ckslab doctor")
        made = replace(making, container=found.id)
        node = KindNode(folder, engine, made)
        layer_images.load_all(node, layers, node_image.architecture(engine, made.image), progress)
        for layer in layers:
            if layer.install is not None:
                progress.step(f"installing {layer.name}")
                layer.install(node)
        name_by_digest(node)
        progress.step("keeping a snapshot of the cluster")
        snapshot.save(node, folder)
        write_record(folder, made)


def _keys(layers: Sequence[NodeLayer]) -> tuple[str, ...]:
    return tuple(layer.key for layer in layers)


def _must_have(folder: Path) -> Record:
    record = read_record(folder)
    if record is None or not record.container:
        raise LabError("the lab's cluster is gone", advice=f"next: ckslab reset {folder.name}")
    return record
