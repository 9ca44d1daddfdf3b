"""The node's view of the file system: the bubblewrap command that makes it."""

from __future__ import annotations

from pathlib import Path

from ckslab.cluster.local.namespace.userns import BoundPaths
from ckslab.cluster.node import network
from ckslab.cluster.node.environment import ENVIRONMENT

OWN = ("etc", "var", "opt", "root", "home", "srv", "run", "tmp")
"""Folders of the node that are the lab's own; /usr is this machine's, read-only, without /usr/libexec,
in which kubeadm's manifests make a folder."""

FROM_MACHINE = (
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf.d",
    "/etc/vim",
    "/etc/nanorc",
    "/etc/terminfo",
    "/etc/bash_completion.d",
    "/etc/manpath.config",
    "/etc/man_db.conf",
    "/etc/groff",
)


def node_command(bwrap: Path, node: Path, conf: Path, programs: Path, info_fd: int, bound: BoundPaths) -> list[str]:
    """The command prefix that runs its arguments as pid 1 of a node.

    node: folder with the node's own folders (OWN). conf: shown read-only as /lab/conf. programs: shown
    read-only as /lab/bin. info_fd: where bubblewrap writes {"child-pid": N}.
    """
    words = [bound.program(bwrap), "--as-pid-1", "--cap-add", "ALL", "--uid", "0", "--gid", "0"]
    words += ["--hostname", network.HOSTNAME, "--info-fd", str(info_fd)]
    for kind in ("pid", "ipc", "uts", "net"):
        words.append(f"--unshare-{kind}")
    words += ["--unshare-cgroup-try", "--tmpfs", "/", "--dir", "/usr", "--dir", "/usr/libexec"]
    for folder in sorted(Path("/usr").iterdir()):
        if folder.name != "libexec" and folder.exists():
            words += ["--ro-bind", bound.read_only(folder), str(folder)]
    words += machines_roots(bound)
    for name in OWN:
        words += ["--bind", bound(node / name), f"/{name}"]
    words += machines_files(bound)
    words += ["--ro-bind", bound.read_only(conf), "/lab/conf"]
    words += ["--ro-bind", bound.read_only(programs), "/lab/bin"]
    words += ["--proc", "/proc", "--dev", "/dev", "--ro-bind", "/sys", "/sys", "--chdir", "/", "--clearenv"]
    for key, value in ENVIRONMENT.items():
        words += ["--setenv", key, value]
    return words


def machines_roots(bound: BoundPaths) -> list[str]:
    """The folders beside /usr in which this machine has its programs and libraries, as links or folders."""
    words = []
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        root = Path("/") / name
        if root.is_symlink():
            words += ["--symlink", str(root.readlink()), str(root)]
        elif root.is_dir():
            words += ["--ro-bind", bound.read_only(root), str(root)]
    return words


def machines_files(bound: BoundPaths) -> list[str]:
    """Those of FROM_MACHINE that this machine has; they go into an /etc that is there already."""
    words = []
    for path in FROM_MACHINE:
        if Path(path).exists():
            words += ["--ro-bind", bound.read_only(Path(path)), path]
    return words
