"""Whether this machine can run labs: what is probed is what is used."""

from __future__ import annotations

import os
import platform
import shutil

from ckslab.cluster.backend import Examined
from ckslab.errors import CkslabError
from ckslab.lab.backends import backend
from ckslab.store.home import home

FREE_BYTES = 4 << 30


def examine() -> list[Examined]:
    """Findings, the most basic first."""
    if platform.system() != "Linux":
        return [_system(), _state(), *backend("kind").examine()]
    return [_system(), *backend("local").examine(), _state(), *backend("kind").examine()]


def _system() -> Examined:
    system = f"{platform.system()} {platform.release()}, {platform.machine()}, {os.cpu_count()} processors"
    if platform.system() != "Linux":
        return Examined("system", "ok", f"{system}: labs run on kind, the embedded node needs Linux")
    return Examined("system", "ok", system)


def _state() -> Examined:
    try:
        folder = home()
    except CkslabError as error:
        return Examined("state", "bad", error.message, error.advice)
    free = shutil.disk_usage(folder).free
    detail = f"{folder}, {free / (1 << 30):.1f} GiB free"
    if free < FREE_BYTES:
        return Examined("state", "warn", detail, "a first start needs 4 GiB: free some, or set CKSLAB_HOME")
    return Examined("state", "ok", detail)
