"""A running embedded node: entered by its namespaces."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ckslab.cluster.local import launch
from ckslab.cluster.node.child import RunningChild, run_child
from ckslab.cluster.node.commands import log_lines
from ckslab.cluster.node.environment import at_home, environment_of
from ckslab.cluster.node.timed_run import timed_run
from ckslab.errors import LabError
from ckslab.waiting import polls

LOGS = ("/var/log/containerd.log", "/var/log/kubelet.log")
"""What the control plane's containers stand on."""


class LocalNode:
    """See `ckslab.cluster.backend.Node`. folder: the lab's."""

    def __init__(self, folder: Path) -> None:
        record = launch.read_record(folder)
        if record is None or not record.init.alive():
            raise LabError("the lab's node does not run", advice=f"next: ckslab start (it resumes {folder.name})")
        self.folder = folder
        self.record = record
        self.kubeconfig = folder / "kubeconfig"
        self._environment = environment_of(folder)

    def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 20.0
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command as root in the node."""
        return timed_run(self._enter, argv, stdin, timeout, self._not_there)

    def open(self, argv: Sequence[str]) -> RunningChild:
        """Start a command that runs until its standard input ends."""
        return RunningChild(self._enter(at_home(argv)))

    def shell_command(self, argv: Sequence[str], *, terminal: Mapping[str, str] | None) -> list[str]:
        """See Node."""
        return self._enter(at_home(argv), terminal or {})

    def kubelet_log(self, lines: int = 400) -> list[str]:
        """The kubelet's last log lines."""
        done = self.run(["tail", "-n", str(lines), "/var/log/kubelet.log"])
        return log_lines(done)

    def ended(self) -> bool:
        """Whether the node's init has ended."""
        return not self.record.init.alive()

    def wait_for_file(self, path: str, seconds: float) -> None:
        """Wait until `path` exists on the node, which may not be there itself to be entered; LabError with the
        node's own log when it does not.
        """
        for _ in polls(seconds, every=0.05):
            if run_child(self._enter(["test", "-e", path]), b"", seconds).returncode == 0:
                return
            if self.ended():
                break
        raise LabError(f"the node did not come up: {path} is missing", details=self._last_words())

    def _last_words(self) -> str:
        """What init printed last and, where the node can be entered, what containerd and the kubelet said."""
        try:
            said = self.run(["tail", "-n", "8", *LOGS], timeout=10.0).stdout.decode(errors="replace")
        except (LabError, TimeoutError) as error:
            said = f"(its logs cannot be read: {error})"
        return f"{self.boot_log()}\n{said}"

    def boot_log(self) -> str:
        """The last lines of what the node's init printed."""
        return (self.folder / "node.log").read_text(errors="replace")[-2000:]

    def _enter(self, argv: Sequence[str], more: Mapping[str, str] | None = None) -> list[str]:
        nsenter = shutil.which("nsenter")
        if nsenter is None:
            raise LabError("nsenter is missing", advice="install util-linux")
        words = [
            nsenter,
            f"--target={self.record.init.pid}",
            "--user",
            "--mount",
            "--uts",
            "--ipc",
            "--net",
            "--pid",
        ]
        if os.geteuid() != 0:
            words.append("--preserve-credentials")  # our own id is the node's root already
        environment = [f"{key}={value}" for key, value in {**self._environment, **(more or {})}.items()]
        return [*words, "/usr/bin/env", "-i", *environment, *argv]

    def _not_there(self, said: str) -> LabError:
        if not self.record.init.alive():
            return LabError("the lab's node ended", advice="next: ckslab status")
        return LabError("the lab's node cannot be entered", details=said[-2000:], advice="next: ckslab doctor")
