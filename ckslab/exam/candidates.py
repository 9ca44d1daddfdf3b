"""What can be drawn on this machine; and what cannot, each with the reason: never a surprise in the middle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ckslab.cluster import binaries
from ckslab.cluster.backend import Backend
from ckslab.errors import CkslabError, MissingCapability
from ckslab.exam.draw import Candidate
from ckslab.lab import backends, catalogue
from ckslab.lab.layers import layers_of
from ckslab.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class Runnable:
    """A scenario with the backend that its lab has."""

    candidate: Candidate
    scenario: Scenario
    backend: str


@dataclass(frozen=True, slots=True)
class Possible:
    """runnable: by id. left_out: the reason by id."""

    runnable: dict[str, Runnable]
    left_out: dict[str, str]


def possible(roots: Sequence[Path], cluster: str, ids: Iterable[str] | None = None) -> Possible:
    """All scenarios of these roots (of `ids` alone, where they are given), judged on this machine.

    cluster: "auto" or a backend's name. MissingCapability: no backend can be used at all.
    """
    usable = usable_backends(cluster)
    wanted = None if ids is None else set(ids)
    found = catalogue.scenarios(roots)
    runnable: dict[str, Runnable] = {}
    left_out: dict[str, str] = {}
    for entry in found.entries:
        if wanted is not None and entry.id not in wanted:
            continue
        try:
            scenario = catalogue.load_scenario(entry.id, roots)
        except CkslabError as error:
            left_out[entry.id] = error.message.splitlines()[0]
            continue
        chosen, reason = fitting(scenario, usable)
        if chosen is None:
            left_out[entry.id] = reason
        else:
            runnable[entry.id] = Runnable(candidate_of(scenario), scenario, chosen)
    return Possible(runnable, left_out)


def candidate_of(scenario: Scenario) -> Candidate:
    """What a draw looks at."""
    one = scenario
    return Candidate(one.id, one.title, one.topic, one.difficulty, one.minutes, one.bullet or None)


def usable_backends(cluster: str) -> tuple[Backend, ...]:
    """Those that run here, in the order in which labs take them; MissingCapability, with the way out, for none."""
    named = backends.NAMES if cluster == "auto" else (cluster,)
    reasons = []
    usable = []
    for name in named:
        one = backends.backend(name)
        found = one.availability()
        if found.usable:
            usable.append(one)
        else:
            reasons.append(f"{name}: {found.reason}")
    if not usable:
        raise MissingCapability(f"no lab can run here: {' · '.join(reasons)}", advice="next: ckslab doctor")
    return tuple(usable)


def fitting(scenario: Scenario, usable: Sequence[Backend]) -> tuple[str | None, str]:
    """The first backend that can run it; or None and why none can."""
    lacking = lacking_programs(scenario)
    if lacking:
        return None, f"{', '.join(lacking)} is not there yet: ckslab setup {scenario.id}"
    reason = ""
    for one in usable:
        missing = sorted(set(scenario.requires) - one.capabilities())
        if not missing:
            return one.name, ""
        reason = reason or f"needs {', '.join(missing)}, which {one.name} has not here"
    return None, reason


def lacking_programs(scenario: Scenario) -> list[str]:
    """Programs beside a plain lab's that would have to be fetched or built before it can start."""
    needed = set[str]()
    for layer in layers_of(scenario):
        needed |= {*layer.programs, *layer.tools.values()}
    return sorted(
        name for name, at in binaries.locate(sorted(needed)).items() if not isinstance(at, binaries.Found)
    )
