"""Whether this machine can run a node: by doing what a node does, in a namespace that ends at once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ckslab.cluster import binaries
from ckslab.cluster.backend import Availability, Examined
from ckslab.cluster.local.namespace import idmap, userns
from ckslab.cluster.node.environment import ENVIRONMENT
from ckslab.errors import CkslabError

PACKAGES = "sudo apt-get install python3-venv make iproute2 uidmap"

INOTIFY_A_LAB = 25
"""inotify instances that a lab takes (seen: 20 to 25); Linux gives a user 128 unless told otherwise."""

SCRIPT = """
command -v ip >/dev/null || { echo "ip is missing on this machine (package iproute2)"; exit 1; }
ip link set lo up
ip link add ckslab0 type veth peer name ckslab1
mkdir /tmp/lower /tmp/upper /tmp/work /tmp/merged
mount -t tmpfs none /tmp/upper
mkdir /tmp/upper/up /tmp/upper/work
mount -t overlay overlay -o lowerdir=/tmp/lower,upperdir=/tmp/upper/up,workdir=/tmp/upper/work,userxattr /tmp/merged
mount -t proc proc /proc
"""


def availability() -> Availability:
    """Try a user namespace with our ids, a veth, an overlay and a proc mount in it."""
    found = binaries.locate(["bwrap"])["bwrap"]
    if not isinstance(found, binaries.Found):
        return Availability(False, found.reason, found.advice)
    ids = idmap.current()
    bound = userns.BoundPaths()
    command = [bound.program(found.path), "--unshare-pid", "--unshare-net", "--unshare-ipc", "--cap-add", "ALL"]
    for name in ("usr", "bin", "sbin", "lib", "lib64", "etc", "sys"):
        command += ["--ro-bind-try", f"/{name}", f"/{name}"]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108 - the sandbox's own
    command += ["--clearenv", "--setenv", "PATH", ENVIRONMENT["PATH"], "--", "/bin/sh", "-ec", SCRIPT]
    try:
        userns.run(command, ids.narrow(), bound=bound, what="a mount or a network device in a user namespace")
    except CkslabError as error:
        missing = "install iproute2" if "iproute2" in error.details else userns.NO_NAMESPACE
        advice = error.advice or missing
        return Availability(False, f"{error.message} {error.details.strip()}".strip(), advice)
    return Availability(True)


def examine() -> list[Examined]:
    """Namespaces first: without them there is no node."""
    return [_namespaces(), _ids(), _inotify(), *_tools(), *_binaries()]


def _namespaces() -> Examined:
    what = "user namespaces"
    try:
        found = availability()
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
    return Examined(
        "ids",
        "warn",
        detail,
        "sudo apt-get install uidmap · sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER",
    )


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
            advice = f"sudo apt-get install {package} (scenarios that require services need it)"
            found.append(Examined(tool, "warn", why, advice))
    return found


def _binaries() -> list[Examined]:
    found = []
    for name, place in binaries.locate([*binaries.REQUIRED, "crictl"]).items():
        if isinstance(place, binaries.Found):
            remark = f", {place.remark}" if place.remark else ""
            found.append(Examined(name, "ok", f"{place.version} from the {place.source}: {place.path}{remark}"))
        elif name == "crictl":
            detail = "not found: a small stand-in knows ps, images, logs and a few more (ckslab setup gets it)"
            found.append(Examined(name, "ok", detail))
        else:
            found.append(Examined(name, "warn", place.reason, place.advice or "ckslab setup fetches or builds it"))
    return found
