"""A running kind node: entered through its engine."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ckslab.cluster.kind import container
from ckslab.cluster.kind.engine import Engine
from ckslab.cluster.kind.engine_errors import diagnose
from ckslab.cluster.kind.record import Record
from ckslab.cluster.node.child import RunningChild
from ckslab.cluster.node.commands import log_lines
from ckslab.cluster.node.environment import at_home, environment_of
from ckslab.cluster.node.timed_run import timed_run
from ckslab.errors import LabError

ASK_SECONDS = 2.0
"""Between two questions to the engine whether the node still runs."""


class KindNode:
    """See `ckslab.cluster.backend.Node`. folder: the lab's."""

    def __init__(self, folder: Path, engine: Engine, record: Record) -> None:
        self.folder = folder
        self.engine = engine
        self.record = record
        self.kubeconfig = folder / "kubeconfig"
        self._environment = environment_of(folder)
        self._asked = time.monotonic()
        self._runs = True

    def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 20.0
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command as root in the node: an engine's program that is killed leaves what it started behind."""
        return timed_run(lambda words: self._enter(words, "--interactive"), argv, stdin, timeout, self._not_there)

    def open(self, argv: Sequence[str]) -> RunningChild:
        """Start a command that runs until its standard input ends: the engine ends it when we do."""
        return RunningChild(self._enter(at_home(argv), "--interactive"))

    def shell_command(self, argv: Sequence[str], *, terminal: Mapping[str, str] | None) -> list[str]:
        """See Node. The engine makes another terminal in the node, and passes what it is told between the two."""
        options = ["--interactive"]
        if terminal is not None:
            options += ["--tty", *(f"--env={name}={value}" for name, value in terminal.items())]
        return self._enter(at_home(argv), *options)

    def kubelet_log(self, lines: int = 400) -> list[str]:
        """The kubelet's last log lines, of its unit's journal."""
        done = self.run(
            ["journalctl", "--unit=kubelet", "--boot", "--output=cat", "--no-pager", f"--lines={lines}"]
        )
        return log_lines(done)

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
        environment = [f"--env={key}={value}" for key, value in self._environment.items()]
        return [self.engine.program, "exec", *environment, *options, self.record.container, *argv]

    def _not_there(self, said: str) -> LabError:
        if not self._running():
            return LabError("the lab's node does not run", advice="next: ckslab status")
        return diagnose(self.engine.name, "entering the lab's node", said)
