"""Whether this machine can run labs: what is probed is what is used."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

from ckslab.cluster import binaries
from ckslab.cluster.local import idmap
from ckslab.cluster.local.backend import LocalBackend
from ckslab.errors import CkslabError
from ckslab.lab import doctor_kind
from ckslab.lab.results import Examined
from ckslab.store.home import home

PACKAGES = "sudo apt-get install python3-venv make iproute2 uidmap"
FREE_BYTES = 4 << 30

INOTIFY_A_LAB = 25
"""inotify instances that a lab takes (seen: 20 to 25); Linux gives a user 128 unless told otherwise."""


def examine() -> list[Examined]:
    """Findings, the most basic first."""
    if platform.system() != "Linux":
        return [_system(), _state(), *doctor_kind.examine()]
    local = [_namespaces(), _ids(), _inotify(), *_tools(), *_binaries()]
    return [_system(), *local, _state(), *doctor_kind.examine()]


def _system() -> Examined:
    system = f"{platform.system()} {platform.release()}, {platform.machine()}, {os.cpu_count()} processors"
    if platform.system() != "Linux":
        return Examined("system", "ok", f"{system}: labs run on kind, the embedded node needs Linux")
    return Examined("system", "ok", system)


def _namespaces() -> Examined:
    what = "user namespaces"
    try:
        found = LocalBackend().availability()
    except CkslabError as error:
        return Examined(what, "bad", error.message, error.advice)
    if not found.usable:
        return Examined(what, "bad", found.reason, found.advice)
    return Examined(what, "ok", "a mount, an overlay and a network device work in a mapped namespace")


def _ids() -> Examined:
    ids = idmap.current()
    if ids.many:
        count = sum(row[2] for row in ids.uids)
        return Examined("ids", "ok", f"a node has {count} ids of its own")
    missing = "lines in /etc/subuid and /etc/subgid" if idmap.has_helpers() else "newuidmap (package uidmap)"
    detail = f"a node has one id only, so pods that run as another user do not start: {missing} not there"
    return Examined("ids", "warn", detail, "sudo apt-get install uidmap · sudo usermod --add-subuids 100000-165535"
                    " --add-subgids 100000-165535 $USER")


def _inotify() -> Examined:
    """Containerd drops its CRI plugin, and the kubelet cannot start, when instances have run out."""
    limit = int(Path("/proc/sys/fs/inotify/max_user_instances").read_text())
    labs = limit // INOTIFY_A_LAB
    detail = f"{limit} instances, enough for {labs} labs at once"
    if labs < 2:
        return Examined("inotify", "warn", detail, "sudo sysctl fs.inotify.max_user_instances=512")
    return Examined("inotify", "ok", detail)


def _tools() -> list[Examined]:
    found = []
    for tool, package, needed in (
        ("ip", "iproute2", True),
        ("nsenter", "util-linux", True),
        ("iptables", "iptables", False),
    ):
        path = shutil.which(tool, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if path:
            found.append(Examined(tool, "ok", path))
        elif needed:
            found.append(Examined(tool, "bad", "missing", f"sudo apt-get install {package} · all: {PACKAGES}"))
        else:
            why = "missing: Service addresses do not work in labs"
            advice = f"sudo apt-get install {package} (Gatekeeper's scenarios need it)"
            found.append(Examined(tool, "warn", why, advice))
    return found


def _binaries() -> list[Examined]:
    found = []
    for name, place in binaries.locate([*binaries.REQUIRED, "crictl"]).items():
        if isinstance(place, binaries.Found):
            remark = f", {place.remark}" if place.remark else ""
            found.append(Examined(name, "ok", f"{place.version} from the {place.source}: {place.path}{remark}"))
        elif name == "crictl":
            found.append(Examined(name, "warn", "not found; ctr and /var/log/pods stand in for it", place.advice))
        else:
            found.append(Examined(name, "warn", place.reason, place.advice or "ckslab setup fetches or builds it"))
    return found


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
