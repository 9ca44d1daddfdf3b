"""Whether this machine can run labs on kind: engine, kind program, node image."""

from __future__ import annotations

from ckslab.cluster import binaries
from ckslab.cluster.kind import engine as engines
from ckslab.cluster.kind import node_image
from ckslab.cluster.kind.engine import Engine
from ckslab.cluster.kind.engine_facts import ENOUGH_MEMORY, EngineFacts, ask
from ckslab.errors import CkslabError
from ckslab.lab.results import Examined


def examine() -> list[Examined]:
    """Findings, the engine first; nothing more where none answers."""
    try:
        engine = engines.answering()
        facts = ask(engine)
    except CkslabError as error:
        where = "labs run on the embedded node"
        return [Examined("engine", "ok", f"{error.message}: {where}", error.advice)]
    return [_engine(engine, facts), _kind(), _image(engine)]


def _engine(engine: Engine, facts: EngineFacts) -> Examined:
    gib = facts.memory / (1 << 30)
    root = ", rootless" if facts.rootless else ""
    detail = (
        f"{engine.name} {facts.version} on {facts.system}, {gib:.1f} GiB of memory,"
        f" cgroup v{facts.cgroups}{root}"
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


def _image(engine: Engine) -> Examined:
    base = node_image.wanted(None)
    if node_image.present(engine, base):
        return Examined("node image", "ok", base)
    advice = f"the first start pulls it · without a network: {node_image.VARIABLE} names one that is here"
    return Examined("node image", "warn", f"{base} is not here yet", advice)
