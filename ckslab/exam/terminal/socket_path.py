"""A unix socket by a name that is short enough: its path may have 107 bytes (unix(7)), and homes lie deep."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def short(path: Path) -> Iterator[str]:
    """The path by the descriptor of its folder, where the system knows such names."""
    if not Path("/proc/self/fd").is_dir():
        yield str(path)
        return
    number = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{number}/{path.name}"
    finally:
        os.close(number)
