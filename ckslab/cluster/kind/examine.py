"""Whether this machine can run labs on kind: what an engine says of itself, the kind program, the node image."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ckslab.cluster import binaries
from ckslab.cluster.backend import Examined
from ckslab.cluster.kind import engine as engines
from ckslab.cluster.kind import node_image
from ckslab.cluster.kind.engine import Engine
from ckslab.errors import CkslabError, LabError

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


def examine(asked: str | None = None) -> list[Examined]:
    """The engine first; nothing more where none answers. asked: see `node_image.wanted`."""
    try:
        engine = engines.answering()
        facts = ask_engine(engine)
    except CkslabError as error:
        where = "labs run on the embedded node"
        return [Examined("engine", "ok", f"{error.message}: {where}", error.advice)]
    return [_engine(engine, facts), _kind(), _image(engine, asked)]


def _engine(engine: Engine, facts: EngineFacts) -> Examined:
    gib = facts.memory / (1 << 30)
    root = ", rootless" if facts.rootless else ""
    detail = (
        f"{engine.name} {facts.version} on {facts.system}, {gib:.1f} GiB of memory, cgroup v{facts.cgroups}{root}"
    )
    if facts.memory < ENOUGH_MEMORY:
        advice = "give the engine 2 GiB or more (Docker Desktop: Settings, Resources)"
        return Examined("engine", "warn", detail, advice)
    if facts.rootless and facts.cgroups < 2:
        return Examined("engine", "bad", detail, "kind needs cgroup v2 for a rootless engine: run it as root")
    return Examined("engine", "ok", detail)


def _kind() -> Examined:
    place = binaries.locate(["kind"])["kind"]
    if isinstance(place, binaries.Found):
        return Examined("kind", "ok", f"{place.version} from the {place.source}: {place.path}")
    return Examined("kind", "warn", place.reason, place.advice)


def _image(engine: Engine, asked: str | None) -> Examined:
    base = node_image.wanted(asked)
    if node_image.present(engine, base):
        return Examined("node image", "ok", base)
    advice = f"the first start pulls it · without a network: {node_image.VARIABLE} names one that is here"
    return Examined("node image", "warn", f"{base} is not here yet", advice)


def ask_engine(engine: Engine) -> EngineFacts:
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
