"""The node's Debian: a root file system made by mmdebstrap, kept in the cache under a name that says of what."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from ckslab.errors import LabError
from ckslab.progress import Progress
from tests.tools.rig.folder import folder

SUITE = "bookworm"

PACKAGES = (
    "systemd",
    "conntrack",
    "iptables",
    "nftables",
    "iproute2",
    "ethtool",
    "util-linux",
    "mount",
    "kmod",
    "libseccomp2",
    "runc",
    "containernetworking-plugins",
    "bash",
    "ca-certificates",
    "curl",
    "jq",
    "procps",
)
"""What kind's own base image installs, with Debian's runc (it knows seccomp) and CNI plugins."""


def ensure(progress: Progress) -> Path:
    """The root file system as a tar."""
    name = hashlib.sha256(f"{SUITE} {PACKAGES}".encode()).hexdigest()[:12]
    target = folder() / f"rootfs-{name}.tar"
    if target.exists():
        return target
    if shutil.which("mmdebstrap") is None:
        raise LabError("mmdebstrap is missing", advice="sudo apt-get install mmdebstrap")
    progress.step("installing the node's Debian packages, about a minute")
    making = target.with_suffix(".new.tar")
    words = [
        "mmdebstrap",
        "--format=tar",
        "--variant=minbase",
        f"--include={' '.join(PACKAGES)}",
        SUITE,
        str(making),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError("mmdebstrap failed", details=done.stderr[-2000:])
    making.rename(target)
    return target
