"""Have the binaries that a lab needs: find them, else download them, else build them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ckslab.cluster.binaries.cache import cache_dir, component_lock
from ckslab.cluster.binaries.locate import Found, Missing, locate
from ckslab.cluster.binaries.pins import Component, Pins, load
from ckslab.cluster.binaries.versions import numbers
from ckslab.errors import MissingCapability
from ckslab.progress import Progress


@dataclass(frozen=True)
class _Failure:
    """Why one component cannot be had, one reason for each way; `details` are a log's last lines."""

    component: Component
    reasons: tuple[str, ...]
    details: str


def ensure(
    names: Iterable[str],
    progress: Progress,
    *,
    folder: Path | None = None,
    offline: bool = False,
    pins: Pins | None = None,
) -> dict[str, Path]:
    """The path of each binary of `names`, fetched or built into the cache where `locate` has none.

    An optional binary (crictl) that cannot be had is left out. `offline` forbids the network, also to
    Go. Raises MissingCapability: its message says what is missing and, in a second line, why each way
    failed; its advice what to do. May be interrupted at any moment: the next call goes on from there.
    """
    pins = pins or load()
    names = list(names)
    lacking = _lacking(names, folder, pins)
    failures: list[_Failure] = []
    if lacking:
        with ExitStack() as locks:
            for component, _ in lacking:  # always in the order of the pins, so that no two can deadlock
                locks.enter_context(component_lock(pins, component, progress))
            # Another ckslab may have fetched them while this one waited.
            failures = _fetch_or_build(_lacking(names, folder, pins), progress, offline, pins)
    found = locate(names, folder=folder, pins=pins)
    missing = {name: miss for name, miss in found.items() if isinstance(miss, Missing)}
    required = [name for name in missing if name not in pins.component_of(name).optional]
    if required:
        raise _missing_capability({name: missing[name] for name in required}, failures, offline, pins)
    return {name: hit.path for name, hit in found.items() if isinstance(hit, Found)}


def _lacking(names: list[str], folder: Path | None, pins: Pins) -> list[tuple[Component, list[str]]]:
    """The components of which a binary is missing, with the binaries to get for each."""
    found = locate(names, folder=folder, pins=pins)
    groups = pins.by_component(name for name, answer in found.items() if isinstance(answer, Missing))
    return [(c, list(c.binaries) if c.together else missing) for c, missing in groups]


def _fetch_or_build(
    lacking: list[tuple[Component, list[str]]], progress: Progress, offline: bool, pins: Pins
) -> list[_Failure]:
    # Imported here: a start that finds everything pays for none of it.
    from ckslab.cluster.binaries.build import build, why_not
    from ckslab.cluster.binaries.fetch import Job, fetch_all
    from ckslab.cluster.binaries.go import BuildError

    jobs = [
        Job(component, artefact)
        for component, missing in lacking
        for artefact in component.artefacts
        if not artefact.members.keys().isdisjoint(missing)
    ]
    refused = {} if offline else fetch_all(jobs, progress, pins)
    failures = []
    for component, missing in lacking:
        rest = [name for name in missing if not (cache_dir() / pins.folder_name(component) / name).is_file()]
        if not rest:
            continue
        downloads = [refused[job] for job in jobs if job.component is component and job in refused]
        reasons = [f"download: {_downloaded(component, offline, downloads)}"]
        details = ""
        if downloads:
            progress.step(f"{component.name} cannot be downloaded: {downloads[0]}")
        if reason := why_not(component, pins):
            reasons.append(f"build: {reason}")
        else:
            try:
                build(component, rest, progress, pins, offline=offline)
                continue
            except (BuildError, OSError) as error:
                reasons.append(f"build: {error}")
                details = getattr(error, "details", "")
        failures.append(_Failure(component, tuple(reasons), details))
    return failures


def _downloaded(component: Component, offline: bool, refused: list[str]) -> str:
    """Why no download helped."""
    if offline:
        return "not tried, ckslab is to stay offline"
    if not component.artefacts:
        return f"no release of {component.name} is pinned for this architecture"
    return refused[0] if refused else "the release does not hold it"


def _missing_capability(
    missing: dict[str, Missing], failures: list[_Failure], offline: bool, pins: Pins
) -> MissingCapability:
    groups = pins.by_component(missing)
    what = ", ".join(f"{' '.join(names)} ({c.name} {c.version})" for c, names in groups)
    reasons = {failure.component.name: failure.reasons for failure in failures}
    why = ". ".join("; ".join([missing[names[0]].reason, *reasons.get(c.name, ())]) for c, names in groups)
    packages = [c.machine.python_package for c, _ in groups if c.machine.python_package]
    ways = [f"pip install {package}" for package in packages]
    if any(c.artefacts for c, _ in groups):
        ways.append(f"run this again {'without the offline option' if offline else 'with a network'}")
        ways.append("set CKSLAB_DOWNLOADS to a mirror")
    if builds := [c.build for c, _ in groups if c.build]:
        go = max((pins.go_for(build) for build in builds), key=numbers)
        ways.append(f"install Go {go} or newer (and a C compiler), to build them here")
    ways.append("put them into a folder and set CKSLAB_BINARIES to it")
    return MissingCapability(
        f"missing: {what}\n{why}",
        advice=f"One of: {'; '.join(ways)}.",
        details="\n".join(failure.details for failure in failures if failure.details),
    )
