"""Run commands as root of a new user namespace with our ids."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ckslab.cluster.local.namespace import idmap
from ckslab.cluster.node.failure import failure
from ckslab.errors import MissingCapability

ENTER = Path(__file__).with_name("enter.py")

NO_NAMESPACE = (
    "Ubuntu 24.04 and later: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0\n"
    "In a container: run it with --privileged, or use --cluster kind on the host.\n"
    "Elsewhere: sysctl user.max_user_namespaces must not be 0."
)


class BoundPaths:
    """Paths of this machine as the namespace's root may walk to them (see enter.py)."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def __call__(self, path: Path) -> str:
        """The name under which the command finds `path`, to write to it."""
        return self._add("w", path)

    def read_only(self, path: Path) -> str:
        """The same to read it: no remount in the namespace makes it writable."""
        return self._add("r", path)

    def program(self, path: Path) -> str:
        """The same for an executable; one from a wheel has its libraries beside its package."""
        site = path.parents[2]
        if (site / f"{path.parents[1].name}.libs").exists():
            return f"{self.read_only(site)}/{path.relative_to(site)}"
        return self.read_only(path)

    def _add(self, way: str, path: Path) -> str:
        self.words.append(f"{way}{path}")
        return f"/mnt/{len(self.words) - 1}"


@contextmanager
def _entered(
    mode: str,
    command: Sequence[str],
    ids: idmap.IdMap | None,
    *,
    bound: BoundPaths | None = None,
    fds: Sequence[int] = (),
    stdin: int | IO[bytes] | None = subprocess.DEVNULL,
    output: int | IO[bytes] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run enter.py in a session of its own; see there for the modes. On leaving, what still runs is killed.

    fds stay open in it. output takes stdout and stderr. MissingCapability when no namespace can be had.
    """
    paths = bound.words if bound else []
    ready_out, ready_in = os.pipe()
    go_out, go_in = os.pipe()
    process = None
    try:
        words = [mode, str(ready_in), str(go_out), str(len(paths)), *paths]
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(ENTER), *words, *command],
            pass_fds=(ready_in, go_out, *fds),
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            start_new_session=True,
        )
        os.close(ready_in)
        ready_in = -1
        if ids is not None:
            word = os.read(ready_out, 200)
            if word[:1] != b"+":
                raise MissingCapability(
                    f"no user namespace can be made here: {word.decode(errors='replace') or 'refused'}",
                    advice=NO_NAMESPACE,
                )
            idmap.write_maps(int(word[1:]), ids)
            os.write(go_in, b"g")
        yield process
    finally:
        for fd in (ready_out, ready_in, go_out, go_in):
            if fd >= 0:
                os.close(fd)
        if process is not None:
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def start(
    command: Sequence[str], ids: idmap.IdMap, *, bound: BoundPaths, fds: Sequence[int], stdin: int, log: IO[bytes]
) -> None:
    """Start `command` (absolute path first) as root of a new user namespace; it is no child of ours and
    outlives us.
    """
    with _entered("detach", command, ids, bound=bound, fds=fds, stdin=stdin, output=log):
        pass


@contextmanager
def on_terminal(
    command: Sequence[str], ids: idmap.IdMap, *, bound: BoundPaths, terminal: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` as root of the ids, its streams the slave of a pseudo-terminal; what runs is killed on leaving.

    It has no controlling terminal until it takes one (setsid --ctty).
    """
    with _entered("wait", command, ids, bound=bound, stdin=terminal, output=terminal) as process:
        yield process


def run(
    command: Sequence[str],
    ids: idmap.IdMap | None,
    *,
    what: str,
    bound: BoundPaths | None = None,
    stdin: int | IO[bytes] | None = subprocess.DEVNULL,
) -> bytes:
    """Run `command` to its end and give its output; LabError, saying `what` failed, on a non-zero exit.

    ids: None runs it as we are. In any case it ends with us, however we end.
    """
    mode = "plain" if ids is None else "wait"
    with _entered(mode, command, ids, bound=bound, stdin=stdin, output=subprocess.PIPE) as process:
        output, _ = process.communicate()
    if process.returncode:
        raise failure(what, output)
    return output


def shell(
    script: str,
    folders: Sequence[Path],
    arguments: Sequence[str],
    ids: idmap.IdMap,
    *,
    what: str,
    stdin: IO[bytes] | None = None,
) -> None:
    """Run a shell script as root of the ids; `$1`... are the folders, then the arguments."""
    bound = BoundPaths() if os.geteuid() == 0 else None  # the root that others become has their own rights
    shown = [bound(folder) if bound else str(folder) for folder in folders]
    words = ["/bin/sh", "-euc", script, "sh", *shown, *arguments]
    run(words, ids, bound=bound, stdin=stdin or subprocess.DEVNULL, what=what)
