"""Base as a sandbox without root: the machine's programs to read, a home of its own, and no network."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

from ckslab.cluster import binaries, labnode
from ckslab.cluster.local import probe
from ckslab.cluster.local.namespace import idmap, userns
from ckslab.cluster.local.namespace.sandbox import machines_files, machines_roots
from ckslab.cluster.local.namespace.userns import BoundPaths
from ckslab.cluster.local.node_programs import architecture
from ckslab.errors import CkslabError, LabError
from ckslab.exam.base_host.laid_files import HOME, PROGRAMS, UID, lay

SOCKET = "/run/ckslab/exam.sock"
TMP_BYTES = 256 << 20

MASKED = ("kubectl", "docker", "podman", "nerdctl", "ctr", "crictl", "helm", "kind", "ckslab")
"""Programs of this machine that base has not, wherever they lie: hosts have their own."""

_FOLDERS = ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin")

_PATH = "/lab/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"


@contextmanager
def shell(
    exam: Path, hosts: Sequence[str], socket: Path, terminal: int, environment: Mapping[str, str]
) -> Iterator[Popen[bytes]]:
    """A shell on base, its streams the slave `terminal` of a pseudo-terminal; it is killed on leaving.

    exam: the exam's folder. socket: of whoever owns the terminal, asked by base's programs. environment: what of it
    goes on inside (TERM and the like). LabError, MissingCapability: no sandbox can be made here.
    """
    setsid = _setsid()
    if setsid is None:
        raise LabError("setsid is missing", advice="install util-linux")
    bound = BoundPaths()
    command = [*_command(exam, hosts, socket, bound, environment), "--", setsid, "--ctty", *_BASH]
    with userns.on_terminal(command, idmap.current().narrow(), bound=bound, terminal=terminal) as process:
        yield process


def usable() -> bool:
    """Whether this machine gives base a sandbox: by doing what it does."""
    try:
        return _setsid() is not None and probe.availability().usable
    except (CkslabError, OSError):
        return False


def _setsid() -> str | None:
    """Where the machine has it: base sees these folders."""
    return next((path for path in ("/usr/bin/setsid", "/bin/setsid") if os.access(path, os.X_OK)), None)


_BASH = ("/bin/bash", "--noprofile", "--rcfile", "/etc/bashrc", "-i")


def _command(
    exam: Path, hosts: Sequence[str], socket: Path, bound: BoundPaths, environment: Mapping[str, str]
) -> list[str]:
    home, files = lay(exam, hosts)
    bwrap = binaries.locate(["bwrap"])["bwrap"]
    if not isinstance(bwrap, binaries.Found):
        raise LabError(bwrap.reason, advice=bwrap.advice)
    helper = labnode.kept("labnode", architecture(), binaries.cache_dir().parent)
    words = [bound.program(bwrap.path), "--die-with-parent", "--unshare-user", "--uid", str(UID), "--gid", str(UID)]
    words += [f"--unshare-{kind}" for kind in ("pid", "ipc", "uts", "net")]
    words += ["--unshare-cgroup-try", "--hostname", "base", "--tmpfs", "/"]
    words += _of_machine(bound)
    for path, source in files.items():
        words += ["--ro-bind", bound.read_only(source), path]
    words += ["--bind", bound(home), HOME, "--size", str(TMP_BYTES), "--tmpfs", "/tmp"]  # noqa: S108 - its own
    words += ["--ro-bind", bound.read_only(helper), "/lab/bin/labnode"]
    for name in PROGRAMS:
        words += ["--symlink", "labnode", f"/lab/bin/{name}"]
    words += ["--bind", bound(socket), SOCKET, "--proc", "/proc", "--dev", "/dev", "--chdir", HOME, "--clearenv"]
    own = {"HOME": HOME, "USER": "candidate", "LOGNAME": "candidate", "PATH": _PATH, "LANG": "C.UTF-8"}
    for key, value in {**environment, **own, "CKSLAB_EXAM_SOCKET": SOCKET, "SHELL": "/bin/bash"}.items():
        words += ["--setenv", key, value]
    return words


def _of_machine(bound: BoundPaths) -> list[str]:
    words = ["--ro-bind", bound.read_only(Path("/usr")), "/usr", *machines_roots(bound), *machines_files(bound)]
    if Path("/var/cache/man").is_dir():
        words += ["--ro-bind", bound.read_only(Path("/var/cache/man")), "/var/cache/man"]
    for folder in _FOLDERS:
        if not Path(folder).parent.is_symlink() and not Path(folder).is_symlink():
            for name in MASKED:
                if (Path(folder) / name).exists():
                    words += ["--ro-bind", bound.read_only(Path("/dev/null")), f"{folder}/{name}"]
    return words
