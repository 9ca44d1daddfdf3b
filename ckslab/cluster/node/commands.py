"""Commands of a golden state's making on its node: one that must succeed, and one that is tried until it does."""

from __future__ import annotations

import time

from ckslab.cluster.backend import Node
from ckslab.errors import LabError


def must(node: Node, argv: list[str], seconds: float, stdin: bytes = b"") -> None:
    """Run a command of a golden state's making on its node; LabError when it fails."""
    done = node.run(argv, timeout=seconds, stdin=stdin)
    if done.returncode:
        raise LabError(
            f"preparing the node failed: {' '.join(argv)}",
            details=(done.stdout + done.stderr).decode(errors="replace")[-2000:],
        )


def until(node: Node, argv: list[str], seconds: float) -> None:
    """Run it until it succeeds; LabError when it does not in `seconds`."""
    end = time.monotonic() + seconds
    while True:
        done = node.run(argv, timeout=seconds)
        if done.returncode == 0:
            return
        if time.monotonic() > end:
            raise LabError(
                f"preparing the node failed: {' '.join(argv)} did not succeed in {seconds:.0f} s",
                details=(done.stderr.decode(errors="replace") + "\n".join(node.kubelet_log(20)))[-3000:],
            )
        time.sleep(0.3)
