"""A running embedded node: entered by its namespaces."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from ckslab.cluster.backend import LABNODE
from ckslab.cluster.local import launch
from ckslab.cluster.local.sandbox import ENVIRONMENT
from ckslab.cluster.node.child import RunningChild, run_child
from ckslab.errors import LabError

AT_HOME = 'cd /root 2>/dev/null; exec "$@"'
"""nsenter's own --wd opens the folder before it enters: that would be this machine's /root."""


class LocalNode:
    """See `ckslab.cluster.backend.Node`. folder: the lab's."""

    def __init__(self, folder: Path) -> None:
        record = launch.read_record(folder)
        if record is None or not record.init.alive():
            raise LabError("the lab's node does not run", advice=f"next: ckslab start (it resumes {folder.name})")
        self.folder = folder
        self.record = record
        self.kubeconfig = folder / "kubeconfig"

    def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 20.0
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command as root in the node."""
        try:
            done = run_child(self._enter(argv), stdin, timeout)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"{argv[0]} took longer than {timeout:.0f} s on the node") from error
        if done.returncode and not self.record.init.alive():
            raise LabError("the lab's node ended", advice="next: ckslab status")
        done.args = list(argv)
        return done

    def open(self, argv: Sequence[str]) -> RunningChild:
        """Start a command that runs until its standard input ends."""
        return RunningChild(self._enter(argv))

    def shell_command(self, argv: Sequence[str], *, terminal: bool) -> list[str]:
        """The command that runs `argv` in the node; on a terminal its TERM and EDITOR are passed on."""
        passed = {name: os.environ[name] for name in ("TERM", "COLORTERM") if name in os.environ}
        return self._enter(argv, passed if terminal else {})

    def restart_service(self, name: str) -> None:
        """Restart a service that the node's init runs."""
        done = self.run([LABNODE, "service", "restart", name], timeout=15)
        if done.returncode:
            raise LabError(f"{name} could not be restarted", details=done.stderr.decode(errors="replace")[-500:])

    def kubelet_log(self, lines: int = 400) -> list[str]:
        """The kubelet's last log lines."""
        done = self.run(["tail", "-n", str(lines), "/var/log/kubelet.log"])
        return done.stdout.decode(errors="replace").splitlines()

    def ended(self) -> bool:
        """Whether the node's init has ended."""
        return not self.record.init.alive()

    def wait_for_file(self, path: str, seconds: float) -> None:
        """Wait until `path` exists on the node; LabError with the node's own log when it does not."""
        end = time.monotonic() + seconds
        while self.run(["test", "-e", path]).returncode:
            if time.monotonic() > end:
                raise LabError(f"the node did not come up: {path} is missing", details=self.boot_log())
            time.sleep(0.05)

    def boot_log(self) -> str:
        """The last lines of what the node's init printed."""
        return (self.folder / "node.log").read_text(errors="replace")[-2000:]

    def _enter(self, argv: Sequence[str], more: dict[str, str] | None = None) -> list[str]:
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
        environment = [f"{key}={value}" for key, value in {**ENVIRONMENT, **(more or {})}.items()]
        return [*words, "/usr/bin/env", "-i", *environment, "/bin/sh", "-c", AT_HOME, "sh", *argv]
