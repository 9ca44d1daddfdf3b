"""Build binaries from their Go modules, through the wrapper modules whose go.sum is locked."""

from __future__ import annotations

import math
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from ckslab.cluster.binaries.cache import cache_dir, place
from ckslab.cluster.binaries.go import BuildError, Go, go_version
from ckslab.cluster.binaries.pins import Build, Component, Pins
from ckslab.cluster.binaries.versions import numbers
from ckslab.progress import Progress

_PACKAGE = re.compile(r"[\w.~-]+(/[\w.~-]+)*")  # what `go build -v` prints for each it compiles


def why_not(component: Component, pins: Pins) -> str:
    """Why `component` cannot be built here; empty where it can."""
    if component.build is None:
        return f"ckslab has no way to build {component.name}"
    go, needed = shutil.which("go"), pins.go_for(component.build)
    if go is None:
        return f"no Go toolchain in PATH ({needed} or newer is needed)"
    version = go_version(go)
    if version < numbers(needed):
        return f"{go} is Go {'.'.join(map(str, version)) or 'of no version'}, {needed} or newer is needed"
    compiler = os.environ.get("CC", "cc").split()[0]
    if component.build.cgo and shutil.which(compiler) is None and shutil.which("gcc") is None:
        return f"no C compiler in PATH, and {component.name} needs one"
    return ""


def build(
    component: Component, names: Sequence[str], progress: Progress, pins: Pins, *, offline: bool = False
) -> None:
    """Build the binaries `names` of `component` into the cache, one after the other.

    Those built before an interruption stay; Go's own cache keeps most of the rest. Raises BuildError.
    `offline` forbids Go to fetch modules.
    """
    if reason := why_not(component, pins):
        raise BuildError(f"{component.name} cannot be built: {reason}")
    recipe = component.build
    assert recipe is not None
    go = Go(recipe, pins.arch, offline)
    folder = cache_dir() / pins.folder_name(component)
    folder.mkdir(parents=True, exist_ok=True)
    for count, name in enumerate(names, 1):
        many = f" ({count} of {len(names)})" if len(names) > 1 else ""
        whole = f", {component.name} takes {_estimate(recipe)}" if count == 1 else ""
        progress.step(f"building {name} from source{many}{whole}")
        output = folder / f".{name}.{os.getpid()}"
        try:
            _compile(go, recipe.packages[name], output, progress)
            place(output, folder / name)
        finally:
            output.unlink(missing_ok=True)


def _estimate(recipe: Build) -> str:
    """How long a whole component takes, from its time on two cores; linking does not spread further."""
    cores = len(os.sched_getaffinity(0))
    minutes = recipe.seconds_on_two_cores * 2 / min(max(cores, 1), 8) / 60
    told = f"{math.ceil(minutes)} minutes" if minutes > 1 else "a minute"
    return f"about {told} on {cores} core{'s' if cores > 1 else ''}"


def _compile(go: Go, package: str, output: Path, progress: Progress) -> None:
    """Compile and link `package` to `output`, telling modules fetched, then packages done."""
    fetched = done = 0

    def count_modules(line: str) -> None:
        nonlocal fetched
        fetched += line.startswith("go: downloading ")
        progress.advance(fetched, None, "modules fetched")

    stale = go.run("list", ["-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", package], count_modules)
    total = len(stale.split())

    def count_packages(line: str) -> None:
        nonlocal done
        done += _PACKAGE.fullmatch(line) is not None
        progress.advance(min(done, total), total, "packages")

    go.run("build", ["-v", "-o", str(output), package], count_packages)
