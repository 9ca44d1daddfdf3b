"""Whether this machine can run labs: what is probed is what is used."""

from __future__ import annotations

import os
import platform
import shutil

from ckslab.cluster.backend import Examined
from ckslab.errors import CkslabError
from ckslab.lab.backends import backend
from ckslab.lab.life.lost import lost_elsewhere, lost_labs
from ckslab.store.home import home

FREE_BYTES = 4 << 30


def examine() -> list[Examined]:
    """Findings, the most basic first."""
    if platform.system() != "Linux":
        return [_system(), _state(), *backend("kind").examine(), *_lost()]
    return [_system(), *backend("local").examine(), _state(), *backend("kind").examine(), *_lost()]


def _lost() -> list[Examined]:
    """Nodes that take memory, and that nobody sees: their labs' folders were removed under them."""
    try:
        found = [(name, f"ckslab stop {name}") for name in lost_labs()]
        found += [
            (str(folder), f"CKSLAB_HOME={folder.parent.parent} ckslab stop {folder.name}")
            for folder in lost_elsewhere()
        ]
    except CkslabError:
        return []  # the state folder cannot be used, which is a finding of its own
    told = "the node of {} is there, and its folder is gone"
    return [Examined("lost node", "warn", told.format(lab), way) for lab, way in found]


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
