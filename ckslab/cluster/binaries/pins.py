"""The pinned releases of the node's binaries, read from `pins.json`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ckslab.errors import UsageError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERSION = r"\bv?(\d+\.\d+(?:\.\d+)?(?:[-+~][\w.+~-]+)?)"


@dataclass(frozen=True)
class Artefact:
    """One file of a release for one architecture, or one published container image.

    `members` maps each binary in it to its path in the archive, or to None where the file is the binary.
    `image`: the URL is that of the image's index or manifest in its registry, `sha256` its digest, and
    the members lie in the image's layers.
    """

    url: str
    sha256: str
    approximate_bytes: int
    members: Mapping[str, str | None]
    image: bool = False

    @property
    def file_name(self) -> str:
        """The last part of the URL."""
        return self.url.rsplit("/", 1)[1]


@dataclass(frozen=True)
class Build:
    """How the wrapper module `modules/<module>` builds a component; `packages` maps binary to package.

    `go`: the oldest toolchain that builds it, where that is not the one of all. `environment`: variables that
    Go must have for it, beside those of all builds.
    """

    module: str
    packages: Mapping[str, str]
    ldflags: str
    cgo: bool
    seconds_on_two_cores: int
    go: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Machine:
    """Which of the machine's own binaries will do: exactly the pinned version, at least one, or any."""

    directories: tuple[str, ...]
    exactly: bool = False
    at_least: str = ""
    package: str = ""
    python_package: str = ""


@dataclass(frozen=True)
class Component:
    """One project's release and the binaries of it that a lab uses.

    `node`: the embedded node needs it. `optional`: those whose absence is no error. `together`: its binaries
    must all come from the same place. `identified_by`: a pattern that the answer to
    `version_arguments` must match, its first group being the version.
    """

    name: str
    version: str
    binaries: tuple[str, ...]
    machine: Machine
    node: bool = False
    optional: tuple[str, ...] = ()
    together: bool = False
    identified_by: str = _VERSION
    version_arguments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    artefacts: tuple[Artefact, ...] = ()
    build: Build | None = None

    def asked_by(self, binary: str) -> tuple[str, ...]:
        """The arguments that make `binary` print its version."""
        return self.version_arguments.get(binary, ("--version",))


@dataclass(frozen=True)
class Pins:
    """Every pinned component for one architecture; `go` is the oldest toolchain that builds them."""

    arch: str
    go: str
    components: tuple[Component, ...]

    def component_of(self, binary: str) -> Component:
        """The component that `binary` belongs to; UsageError where no component has it."""
        for component in self.components:
            if binary in component.binaries:
                return component
        known = ", ".join(sorted(name for c in self.components for name in c.binaries))
        raise UsageError(f"no pinned binary is called {binary!r}", advice=f"One of: {known}")

    def by_component(self, binaries: Iterable[str]) -> list[tuple[Component, list[str]]]:
        """`binaries` grouped under their components, all in the order of `pins.json`."""
        asked = set(binaries)
        for name in sorted(asked):
            self.component_of(name)
        groups = ((c, [name for name in c.binaries if name in asked]) for c in self.components)
        return [(component, names) for component, names in groups if names]

    def go_for(self, build: Build) -> str:
        """The oldest toolchain that can follow the recipe `build`."""
        return build.go or self.go

    def version(self, component: str) -> str:
        """The pinned version of the component of that name, without a "v"; KeyError where there is none."""
        return {c.name: c.version for c in self.components}[component]

    def folder_name(self, component: Component) -> str:
        """The component's folder in a cache: `<component>-<version>-<arch>`."""
        return f"{component.name}-{component.version}-{self.arch}"


def architecture() -> str:
    """This machine's architecture as Kubernetes names it: amd64, arm64, or what the kernel says."""
    import platform

    machine = platform.machine().lower()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


@cache
def load(path: Path | None = None, arch: str = "") -> Pins:
    """The pins in `path` (ckslab's own by default) for `arch` (this machine's by default).

    Raises ValueError for a URL that is not https and for a checksum that is no SHA-256.

    An architecture that has no checksum has no artefact: nothing is downloaded without one.
    """
    arch = arch or architecture()
    path = path or Path(__file__).with_name("pins.json")
    data = json.loads(path.read_text(encoding="utf-8"))
    return Pins(arch, data["go"], tuple(_component(entry, arch) for entry in data["components"]))


def _component(entry: dict[str, Any], arch: str) -> Component:
    fill = {"{version}": entry["version"], "{arch}": arch}
    machine, build = dict(entry["machine"]), entry.get("build")
    machine["directories"] = tuple(machine["directories"])
    if build:
        build = Build(**{**build, "ldflags": _filled(build["ldflags"], fill)})
    return Component(
        name=entry["name"],
        version=entry["version"],
        binaries=tuple(entry["binaries"]),
        machine=Machine(**machine),
        node=entry.get("node", False),
        optional=tuple(entry.get("optional", ())),
        together=entry.get("together", False),
        identified_by=entry.get("identified_by", _VERSION),
        version_arguments={name: tuple(a) for name, a in entry.get("version_arguments", {}).items()},
        artefacts=tuple(_artefact(a, arch, fill) for a in entry.get("artefacts", ()) if arch in a["sha256"]),
        build=build,
    )


def _artefact(entry: dict[str, Any], arch: str, fill: Mapping[str, str]) -> Artefact:
    sha256 = entry["sha256"][arch]
    url = _filled(entry["url"], {**fill, "{sha256}": sha256})
    if not url.startswith("https://") or not _SHA256.fullmatch(sha256):
        raise ValueError(f"pin of {url}: not https, or not a SHA-256: {sha256}")
    members = {name: path and _filled(path, fill) for name, path in entry["members"].items()}
    return Artefact(url, sha256, entry["approximate_bytes"], members, entry.get("image", False))


def _filled(text: str, fill: Mapping[str, str]) -> str:
    for mark, value in fill.items():
        text = text.replace(mark, value)
    return text
