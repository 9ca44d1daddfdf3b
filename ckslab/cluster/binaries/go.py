"""Run the Go toolchain for one wrapper module, and leave no process of it behind."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

from ckslab.cluster.binaries.pins import Build
from ckslab.cluster.binaries.versions import numbers
from ckslab.cluster.node.child import die_with_parent
from ckslab.errors import LabError
from ckslab.waiting import polls

_MODULES = Path(__file__).with_name("modules")
_TIDY_SECONDS = 3.0


class BuildError(LabError):
    """A binary cannot be built; `details` are Go's last lines."""


class Go:
    """The toolchain, pointed at one wrapper module."""

    def __init__(self, recipe: Build, arch: str, offline: bool) -> None:
        """Settings for `recipe`, whatever the user's own are; `offline` forbids to fetch modules."""
        self.folder = _MODULES / recipe.module
        self.flags = [
            "-mod=readonly",
            "-trimpath",
            "-buildvcs=false",
            f"-ldflags=-s -w {recipe.ldflags}".strip(),
        ]
        self.environment = os.environ | {
            "CGO_ENABLED": "1" if recipe.cgo else "0",
            "GOEXPERIMENT": "",
            "GOFLAGS": "",
            "GOWORK": "off",
            **recipe.environment,
            "GOOS": "linux",
            "GOARCH": arch,
            "GOTOOLCHAIN": "local",
        }
        if offline:
            self.environment["GOPROXY"] = "off"

    def run(self, verb: str, arguments: list[str], on_line: Callable[[str], None]) -> str:
        """Run `go <verb>`; `on_line` hears each line of its messages, its output is returned.

        However this ends, no process of it is left: it has a process group of its own, and dies
        with ckslab even where that is killed.
        """
        last: deque[str] = deque(maxlen=15)
        with (
            tempfile.TemporaryFile("w+") as output,
            self._start([verb, *self.flags, *arguments], output) as go,
        ):
            assert go.stderr is not None
            try:
                for line in go.stderr:
                    last.append(line.rstrip())
                    on_line(line.rstrip())
                code = go.wait()
            except BaseException:
                _end_group(go)
                raise
            if code != 0:
                said = [line for line in last if " " in line]
                raise BuildError(
                    f"go {verb} failed: {said[-1] if said else f'exit code {code}'}",
                    details="\n".join(last),
                )
            output.seek(0)
            return output.read()

    def _start(self, arguments: list[str], output: IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["go", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGINT),
        )


def _end_group(leader: subprocess.Popen[str]) -> None:
    """End a process group: first as Ctrl-C does, so that Go tidies up, then at once.

    The leader is not reaped before the last signal, so that its number cannot be another's by then.
    """
    os.killpg(leader.pid, signal.SIGINT)
    for _ in polls(_TIDY_SECONDS, every=0.02):
        if os.waitid(os.P_PID, leader.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
            break
    os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()


def go_version(go: str) -> tuple[int, ...]:
    """The toolchain's version, (1, 26, 8) for go1.26.8; empty where it does not tell."""
    try:
        answer = subprocess.run(
            [go, "env", "GOVERSION"],
            capture_output=True,
            text=True,
            timeout=20,
            cwd="/",
            env=os.environ | {"GOTOOLCHAIN": "local"},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return numbers(answer.stdout.strip().removeprefix("go"))
