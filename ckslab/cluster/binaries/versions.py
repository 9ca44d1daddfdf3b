"""Which version a binary says it is, asked once for each file."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from ckslab.cluster.binaries.cache import cache_dir
from ckslab.cluster.binaries.pins import Component

_ANSWER_SECONDS = 20.0


def version_of(path: Path, component: Component) -> str | None:
    """The version that the executable `path` prints; None where it is not the component's program.

    The answer is kept in the cache's `versions.json` under path, time of change and size, so that a
    later call does not run the program. A failure is not kept.
    """
    try:
        state = path.stat()
    except OSError:
        return None
    key = f"{path}|{state.st_mtime_ns}|{state.st_size}"
    known = _read()
    if key not in known:
        answer = _ask(path, component)
        if answer is None:
            return None
        known = {old: v for old, v in known.items() if not old.startswith(f"{path}|")} | {key: answer}
        _write(known)
    return known[key]


def fits(version: str, component: Component) -> bool:
    """Whether the machine's binary of that version will do for `component`."""
    rule = component.machine
    if rule.exactly:
        return version == component.version
    return not rule.at_least or numbers(version) >= numbers(rule.at_least)


def wanted(component: Component) -> str:
    """What `fits` asks for, as a phrase: "exactly 1.35.4", "1.1 or newer", "any version"."""
    rule = component.machine
    if rule.exactly:
        return f"exactly {component.version}"
    return f"{rule.at_least} or newer" if rule.at_least else "any version"


def numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version; "1.1.5+ds1" gives (1, 1, 5), and "unknown" nothing."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in match.group().split(".")) if match else ()


def _ask(path: Path, component: Component) -> str | None:
    """Run the program and read its version from what it prints on either stream."""
    # A CNI plugin prints its version only while no runtime speaks to it through CNI_COMMAND.
    environment = {name: value for name, value in os.environ.items() if name != "CNI_COMMAND"}
    try:
        answer = subprocess.run(
            [str(path), *component.asked_by(path.name)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_ANSWER_SECONDS,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(component.identified_by, answer.stdout.decode(errors="replace"))
    return match.group(1) if match else None


def _read() -> dict[str, str]:
    try:
        known = json.loads((cache_dir() / "versions.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write(known: dict[str, str]) -> None:
    """Keep the answers; a cache that cannot be written only means asking again."""
    target = cache_dir() / "versions.json"
    temporary = target.with_name(f".versions.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(known, indent=1), encoding="utf-8")
        temporary.replace(target)
    except OSError:
        return
