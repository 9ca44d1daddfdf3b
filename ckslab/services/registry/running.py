"""The registry of a running lab: started again where it was killed, stopped for a probe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ckslab.cluster.backend import Node
from ckslab.cluster.node.commands import restart_service
from ckslab.errors import CkslabError
from ckslab.needs.probe import ImageReviewLogEntry
from ckslab.waiting import wait_until

START_SECONDS = 10.0
LEASE = (
    'labnode service stop "$1" >/dev/null && echo stopped; timeout 60 cat; labnode service start "$1" >/dev/null'
)
"""Runs in the node until our end of its input is closed, which our death does too."""


def service_name(name: str) -> str:
    """What the node's init calls it."""
    return f"registry-{name}"


@dataclass(frozen=True, slots=True)
class RunningRegistry:
    """See `ckslab.needs.sources.RunningService`."""

    name: str
    address: str

    def ensure(self, node: Node) -> None:
        """One that somebody killed is started again: its absence is not the learner's answer."""
        if self._serves(node):
            return
        restart_service(node, service_name(self.name))
        wait_until(f"the lab's {self.name} to serve again", lambda: self._serves(node), START_SECONDS, node=node)

    @contextmanager
    def stopped(self, node: Node) -> Iterator[None]:
        """By its init, until our end of the lease is closed."""
        lease = node.open(["/bin/sh", "-c", LEASE, "sh", service_name(self.name)])
        try:
            if lease.readline(10.0) != "stopped":
                raise CkslabError(f"the lab's {self.name} could not be stopped for a probe")
            yield
        finally:
            lease.close()

    def reviews(self, node: Node) -> Mapping[str, Sequence[ImageReviewLogEntry]] | None:
        """It is asked nothing about probes."""
        return None

    def _serves(self, node: Node) -> bool:
        """Whether its port takes connections."""
        host, port = self.address.rsplit(":", 1)
        return node.run(["/bin/bash", "-c", ': </dev/tcp/"$1"/"$2"', "bash", host, port], timeout=5).returncode == 0
