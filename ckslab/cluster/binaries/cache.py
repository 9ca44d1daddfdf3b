"""The folder of fetched and built binaries: where it is, how a file enters it, who may write."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ckslab.cluster.binaries.pins import Component, Pins
from ckslab.errors import LabError
from ckslab.progress import Progress


def cache_dir() -> Path:
    """The cache's root: below $CKSLAB_HOME, else $XDG_CACHE_HOME, else ~/.cache. Need not exist yet."""
    if home := os.environ.get("CKSLAB_HOME"):
        return Path(home, "cache", "binaries").absolute()
    return default_cache_dir()


def default_cache_dir() -> Path:
    """The cache's root as it is without $CKSLAB_HOME; read, never written, where that is set."""
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(xdg) if Path(xdg).is_absolute() else Path.home() / ".cache"
    return base / "ckslab" / "binaries"


def roots() -> tuple[Path, ...]:
    """The caches to look in, the writable one first."""
    return tuple(dict.fromkeys((cache_dir(), default_cache_dir())))


def place(temporary: Path, target: Path) -> None:
    """Make the finished file `temporary` the executable `target`: synced, then renamed in one step."""
    temporary.chmod(0o755)
    _sync(temporary)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def component_lock(pins: Pins, component: Component, progress: Progress) -> Iterator[None]:
    """Hold the right to fetch `component` into the cache, waiting for another process that has it.

    The kernel drops the lock with its process. Raises LabError where the cache cannot be written.
    """
    import fcntl

    path = cache_dir() / f".{pins.folder_name(component)}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LabError(
            f"the cache of binaries cannot be written: {error}",
            advice="Make the folder writable, or set CKSLAB_HOME to one that is.",
        ) from error
    try:
        told = False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    progress.step(f"waiting for another ckslab that is fetching {component.name}")
                told = True
                time.sleep(0.2)
        yield
    finally:
        os.close(descriptor)
