"""What steps ask of a running cluster; the lab layer provides it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ckslab.scenario.actions import ObjectReference


class Live(Protocol):
    """A running lab, as the administrator on its node. Methods raise LabError when it cannot be reached."""

    def run(self, argv: Sequence[str], *, timeout: float) -> subprocess.CompletedProcess[bytes]:
        """Run a command on the node as root, with the admin's kubeconfig; never raises for its exit code.

        TimeoutError after `timeout` seconds.
        """

    def apply(self, manifest: Mapping[str, Any]) -> bool:
        """Apply one object (server-side, forced). Whether anything changed."""

    def patch(self, target: ObjectReference, patch: Any, kind: str) -> bool:
        """Patch an object; kind: "strategic", "merge" or "json". Whether anything changed."""

    def delete(self, target: ObjectReference) -> bool:
        """Delete an object and wait until it is gone. Whether it was there."""

    def settle(self) -> None:
        """Wait, bounded, until the control plane is ready or has ended on the files as they are."""
