"""The container that is a lab's node: found by id or name, and touched only when it is ours."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ckslab.cluster.kind.engine import Engine
from ckslab.cluster.kind.engine_errors import diagnose
from ckslab.cluster.kind.node_image import LABEL
from ckslab.cluster.kind.record import Record
from ckslab.errors import LabError
from ckslab.waiting import polls

MAKING_SECONDS = 1.5
"""In which an engine makes a container once it was told to, also when who told it is dead (seen: under 1)."""

ABSENT = ("no such object", "no such container", "no container with name or id", "does not exist in database")


@dataclass(frozen=True, slots=True)
class Container:
    """What the engine says of a container. kind: the cluster that it belongs to. ours: made from our image.

    running: and not paused. volumes: by name.
    """

    id: str
    running: bool
    paused: bool
    kind: str
    ours: bool
    volumes: tuple[str, ...] = ()


def find(engine: Engine, name: str) -> Container | None:
    """The container with this id or name, None when there is none; LabError when the engine does not answer."""
    done = engine.run("container", "inspect", name, timeout=10.0)
    if done.returncode:
        said = done.stderr.decode(errors="replace")
        if any(text in said.lower() for text in ABSENT):
            return None
        raise diagnose(engine.name, "looking for the lab's node", said)
    found = json.loads(done.stdout)[0]
    labels = found["Config"].get("Labels") or {}
    paused = bool(found["State"].get("Paused", False))
    running = bool(found["State"]["Running"]) and not paused
    volumes = tuple(mount["Name"] for mount in found.get("Mounts", ()) if mount.get("Type") == "volume")
    kind = labels.get("io.x-k8s.kind.cluster", "")
    return Container(found["Id"], running, paused, kind, LABEL in labels, volumes)


def clusters(engine: Engine) -> list[str]:
    """The names of the clusters whose containers were made from our image, running or not."""
    arguments = ("ps", "--all", "--filter", f"label={LABEL}", "--format", '{{.Label "io.x-k8s.kind.cluster"}}')
    told = engine.must(*arguments, what="looking for nodes", timeout=10.0).splitlines()
    return [name for name in told if name]


def of_lab(engine: Engine, record: Record) -> Container | None:
    """The lab's own container: the recorded one or, where its making was interrupted, the one of its cluster
    that was made from our image. A stranger's of the same name is not it.
    """
    found = find(engine, record.container or node_name(record.cluster))
    if found is None or not found.ours or found.kind != record.cluster:
        return None
    return found


def remove(engine: Engine, record: Record) -> None:
    """Remove the lab's container and its volume; nothing there is no error.

    Docker removes the volume with it; for Podman kind makes one with a name, which has to be removed by it.
    """
    found = of_lab(engine, record)
    if found is None and not record.container:  # kind was killed, and the engine may still be at it
        found = next((late for _ in polls(MAKING_SECONDS, every=0.3) if (late := of_lab(engine, record))), None)
    if found is not None:
        what = "removing the lab's node"
        engine.must("rm", "--force", "--volumes", found.id, what=what, timeout=120.0)
        if engine.name == "podman" and found.volumes:
            engine.must("volume", "rm", "--force", *found.volumes, what=what)


def stop(engine: Engine, record: Record) -> None:
    """Stop the lab's container; nothing there is no error."""
    found = of_lab(engine, record)
    if found is not None and found.running:
        engine.must("stop", "--time", "5", found.id, what="stopping the lab's node", timeout=60.0)


def start(engine: Engine, found: Container) -> None:
    """Start a stopped container, or one that was paused."""
    if not found.running:
        word = "unpause" if found.paused else "start"
        engine.must(word, found.id, what="starting the lab's node", timeout=60.0)


def refuse_stranger(engine: Engine, cluster: str) -> None:
    """LabError when somebody else has a cluster of this name."""
    found = find(engine, node_name(cluster))
    if found is not None and not (found.ours and found.kind == cluster):
        raise LabError(
            f"there is a container {node_name(cluster)} that is not ckslab's",
            advice=f"rename or remove it: {engine.name} rename {node_name(cluster)} NEW",
        )


def node_name(cluster: str) -> str:
    """The name that kind gives the only node of a cluster."""
    return f"{cluster}-control-plane"
