"""What an engine says of itself that matters to a kind cluster: version, memory, cgroups, root."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ckslab.cluster.kind.engine import Engine
from ckslab.errors import LabError

ENOUGH_MEMORY = 2 << 30
"""Bytes. A lab takes about 0.6 GiB; an engine in a virtual machine (Docker Desktop) has only what it was given."""


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """system: the operating system that it runs on, which tells a virtual machine. memory: in bytes, all it has."""

    version: str
    system: str
    architecture: str
    memory: int
    cgroups: int
    rootless: bool


def ask(engine: Engine) -> EngineFacts:
    """One call; LabError when the engine does not answer."""
    text = engine.must("info", "--format={{json .}}", what="asking the engine about itself", timeout=8.0)
    try:
        found = json.loads(text)
        return _podman(found) if engine.name == "podman" else _docker(found)
    except (ValueError, KeyError, TypeError) as error:
        raise LabError(f"{engine.name} info says something unknown ({error})", details=text[:500]) from error


def _docker(found: dict[str, Any]) -> EngineFacts:
    options = " ".join(found.get("SecurityOptions") or ())
    return EngineFacts(
        version=found["ServerVersion"],
        system=found["OperatingSystem"],
        architecture=found["Architecture"],
        memory=int(found["MemTotal"]),
        cgroups=int(found.get("CgroupVersion") or 1),
        rootless="name=rootless" in options,
    )


def _podman(found: dict[str, Any]) -> EngineFacts:
    host = found["host"]
    return EngineFacts(
        version=found["version"]["Version"],
        system=" ".join(str(host["distribution"].get(key, "")) for key in ("distribution", "version")).strip(),
        architecture=host["arch"],
        memory=int(host["memTotal"]),
        cgroups=int(str(host["cgroupVersion"]).lstrip("v")),
        rootless=bool(host["security"]["rootless"]),
    )
