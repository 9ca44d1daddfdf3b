"""Whether this machine can run a node: by doing what a node does, in a namespace that ends at once."""

from __future__ import annotations

from ckslab.cluster import binaries
from ckslab.cluster.backend import Availability
from ckslab.cluster.local import idmap
from ckslab.cluster.local import userns as mapped
from ckslab.cluster.local.sandbox import ENVIRONMENT
from ckslab.errors import CkslabError

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
    staged = mapped.Staged()
    command = [staged.program(found.path), "--unshare-pid", "--unshare-net", "--unshare-ipc", "--cap-add", "ALL"]
    for name in ("usr", "bin", "sbin", "lib", "lib64", "etc", "sys"):
        command += ["--ro-bind-try", f"/{name}", f"/{name}"]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108 - the sandbox's own
    command += ["--clearenv", "--setenv", "PATH", ENVIRONMENT["PATH"], "--", "/bin/sh", "-ec", SCRIPT]
    try:
        mapped.run(command, ids.narrow(), staged=staged, what="a mount or a network device in a user namespace")
    except CkslabError as error:
        missing = "install iproute2" if "iproute2" in error.details else mapped.NO_NAMESPACE
        advice = error.advice or missing
        return Availability(False, f"{error.message} {error.details.strip()}".strip(), advice)
    return Availability(True)
