"""A lab's container is removed with its volume, whichever engine made it; a stranger's is not."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from typing import Any

import pytest

from ckslab.cluster.kind import container
from ckslab.cluster.kind.engine import Engine
from ckslab.cluster.kind.node_image import LABEL
from ckslab.cluster.kind.record import Record


@dataclass(frozen=True)
class Recorded(Engine):
    """An engine that knows one container and keeps what it is told to do."""

    found: dict[str, Any] = field(default_factory=dict)
    told: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, *arguments: str, stdin: bytes = b"", timeout: float = 0) -> subprocess.CompletedProcess[bytes]:
        """Answer an inspection, note anything else."""
        if arguments[:2] == ("container", "inspect"):
            return subprocess.CompletedProcess(arguments, 0, json.dumps([self.found]).encode(), b"")
        self.told.append(arguments)
        return subprocess.CompletedProcess(arguments, 0, b"", b"")


def node(**labels: str) -> dict[str, Any]:
    return {
        "Id": "abc",
        "Config": {"Labels": labels},
        "State": {"Running": True},
        "Mounts": [
            {"Type": "bind", "Source": "/lib/modules"},
            {"Type": "volume", "Name": "v1"},
        ],
    }


OURS = {"io.x-k8s.kind.cluster": "c", LABEL: "1"}


def record(engine: str) -> Record:
    return Record(engine, "c", "abc", "i", "b", fresh=False)


@pytest.mark.parametrize(
    ("name", "then"), [("docker", []), ("podman", [("volume", "rm", "--force", "v1")])], ids=["docker", "podman"]
)
def test_nothing_of_a_lab_stays_behind(name: str, then: list[tuple[str, ...]]) -> None:
    engine = Recorded(name, name, node(**OURS))
    container.remove(engine, record(name))
    assert engine.told == [("rm", "--force", "--volumes", "abc"), *then]


@pytest.mark.parametrize("labels", [{}, {"io.x-k8s.kind.cluster": "c"}, OURS | {"io.x-k8s.kind.cluster": "d"}])
def test_a_strangers_container_is_left_alone(labels: dict[str, str]) -> None:
    engine = Recorded("podman", "podman", node(**labels))
    container.remove(engine, record("podman"))
    assert engine.told == []
