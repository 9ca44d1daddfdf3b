"""A running kind node: entered through its engine."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from ckslab.cluster.backend import LABNODE
from ckslab.cluster.kind import container
from ckslab.cluster.kind.engine import Engine
from ckslab.cluster.kind.record import Record
from ckslab.cluster.node.child import RunningChild, run_child
from ckslab.errors import LabError

ENVIRONMENT = {
    "PATH": "/lab/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "KUBECONFIG": "/root/.kube/config",
    "LANG": "C.UTF-8",
}

AT_HOME = 'cd /root 2>/dev/null; exec "$@"'

KILLED = 137
"""Of timeout(1) when it had to send KILL."""

ENGINES_WORDS = (b"daemon", b"ontainer", b"rror", b"socket", b"EOF", b"onnect", b"API")
"""One of them is in whatever an engine's program says of its own; then the engine is asked."""

MARGIN = 5.0
"""Seconds that the engine may take beside the command."""

ASK_SECONDS = 2.0
"""Between two questions to the engine whether the node still runs."""


class KindNode:
    """See `ckslab.cluster.backend.Node`. folder: the lab's."""

    def __init__(self, folder: Path, engine: Engine, record: Record) -> None:
        self.folder = folder
        self.engine = engine
        self.record = record
        self.kubeconfig = folder / "kubeconfig"
        self._asked = time.monotonic()
        self._runs = True

    def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 20.0
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command as root in the node.

        It ends in the node, too, when its time is up: an engine's program that is killed leaves what it
        started behind.
        """
        late = TimeoutError(f"{argv[0]} took longer than {timeout:.0f} s on the node")
        watched = ["timeout", "--signal=KILL", f"{timeout:.1f}", *argv]
        try:
            done = run_child(self._enter(watched, "--interactive"), stdin, timeout + MARGIN)
        except subprocess.TimeoutExpired as error:
            raise late from error
        if done.returncode:
            self._must_run(done.stderr)
        if done.returncode == KILLED and not done.stdout and not done.stderr:
            raise late
        done.args = list(argv)
        return done

    def open(self, argv: Sequence[str]) -> RunningChild:
        """Start a command that runs until its standard input ends: the engine ends it when we do."""
        return RunningChild(self._enter(argv, "--interactive"))

    def shell_command(self, argv: Sequence[str], *, terminal: bool) -> list[str]:
        """The command that runs `argv` in the node; on a terminal its TERM is passed on."""
        options = ["--interactive"]
        if terminal:
            options.append("--tty")
            options += [f"--env={name}={os.environ[name]}" for name in ("TERM", "COLORTERM") if name in os.environ]
        return self._enter(argv, *options)

    def restart_service(self, name: str) -> None:
        """Restart a service that the node's init runs."""
        done = self.run([LABNODE, "service", "restart", name], timeout=15)
        if done.returncode:
            raise LabError(f"{name} could not be restarted", details=done.stderr.decode(errors="replace")[-500:])

    def kubelet_log(self, lines: int = 400) -> list[str]:
        """The kubelet's last log lines, of its unit's journal."""
        done = self.run(
            ["journalctl", "--unit=kubelet", "--boot", "--output=cat", "--no-pager", f"--lines={lines}"]
        )
        return done.stdout.decode(errors="replace").splitlines()

    def ended(self) -> bool:
        """Whether the node's container does not run; the engine is asked every 2 s at most."""
        if time.monotonic() - self._asked > ASK_SECONDS:
            self._asked = time.monotonic()
            self._runs = self._running()
        return not self._runs

    def _running(self) -> bool:
        found = container.of_lab(self.engine, self.record)  # LabError when the engine does not answer
        return found is not None and found.running

    def _enter(self, argv: Sequence[str], *options: str) -> list[str]:
        environment = [f"--env={key}={value}" for key, value in ENVIRONMENT.items()]
        words = [self.engine.program, "exec", *environment, *options, self.record.container]
        return [*words, "/bin/sh", "-c", AT_HOME, "sh", *argv]

    def _must_run(self, said: bytes) -> None:
        """LabError if a command failed because its node or engine did."""
        if said and not any(text in said for text in ENGINES_WORDS):
            return
        if not self._running():
            raise LabError("the lab's node does not run", advice="next: ckslab status")
