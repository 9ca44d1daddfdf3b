"""Commands on a running node: one that must succeed, one that is tried until it does, a service's restart."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from ckslab.cluster.backend import LABNODE, Node
from ckslab.cluster.node.failure import failure
from ckslab.errors import LabError
from ckslab.text_lines import lines_of
from ckslab.waiting import wait_until

MAX_LINE = 16 << 10
"""Characters of a log's line: containerd cuts longer ones into parts itself (max_container_log_line_size)."""

RESTART_SECONDS = 15.0


def check_run(node: Node, argv: Sequence[str], seconds: float, stdin: bytes = b"") -> None:
    """Run a command of the node's preparing; LabError when it fails."""
    done = node.run(argv, timeout=seconds, stdin=stdin)
    if done.returncode:
        raise failure(f"preparing the node: {' '.join(argv)}", done.stdout + done.stderr)


def retry_run(node: Node, argv: Sequence[str], seconds: float) -> None:
    """Run it until it succeeds; LabError when it does not in `seconds`, or the node ends meanwhile."""
    said: list[str] = []

    def succeeds() -> bool:
        done = node.run(argv, timeout=seconds)
        said[:] = [done.stderr.decode(errors="replace")]
        return done.returncode == 0

    def details() -> str:
        return "\n".join([*said, *node.kubelet_log(20)])[-3000:]

    wait_until(f"{' '.join(argv)} to succeed", succeeds, seconds, every=0.3, node=node, details=details)


def log_lines(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    """The lines of a log that a command printed, each cut to MAX_LINE: a learner may write there, too."""
    return [line[:MAX_LINE] for line in lines_of(done.stdout.decode(errors="replace"))]


def restart_service(node: Node, name: str) -> None:
    """Restart a service of the node's init ("kubelet", that of a NodeService); LabError when it cannot be."""
    done = node.run([LABNODE, "service", "restart", name], timeout=RESTART_SECONDS)
    if done.returncode:
        raise LabError(f"{name} could not be restarted", details=done.stderr.decode(errors="replace")[-500:])
