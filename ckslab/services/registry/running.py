"""The registry of a running lab: started again where it was killed, stopped for a probe."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from ckslab.cluster.backend import Node
from ckslab.needs.probe import ImageReviewLogEntry
from ckslab.services.on_node import ensure_serving, held_stopped

START_SECONDS = 10.0
LEASE = (
    'labnode service stop "$1" >/dev/null && echo stopped; timeout 60 cat; labnode service start "$1" >/dev/null'
)
"""Runs in the node until our end of its input is closed, which our death does too."""


def service_name(name: str) -> str:
    """What the node's init calls it."""
    return f"registry-{name}"


ANSWERS = """
exec 3<>/dev/tcp/"$1"/"$2" && printf 'GET /v2/ HTTP/1.0\\r\\n\\r\\n' >&3 && read -r -t 5 line <&3 && [ -n "$line" ]
"""
"""A port takes connections for a process that is stopped, too. Go's server has an answer to one without TLS
(net/http, conn.serve)."""

NO_ANSWER = r"dial tcp \S+: |(?:read|write) tcp |net/http: |EOF|context deadline exceeded|5\d\d "
"""How Go's client and containerd (docker/errors) go on after the address, where not even a refusal came."""


@dataclass(frozen=True, slots=True)
class RunningRegistry:
    """See `ckslab.needs.sources.RunningService`."""

    name: str
    address: str

    def ensure(self, node: Node) -> None:
        """One that somebody killed is started again: its absence is not the learner's answer."""
        ensure_serving(node, service_name(self.name), self.name, lambda: self._serves(node), START_SECONDS)

    def missed(self, words: str) -> bool:
        """No answer, or one that says that it cannot give any: credentials, names and trust are the learner's."""
        pulls = rf"https://{re.escape(self.address.removesuffix(':443'))}(?::443)?/v2/\S*"
        return re.search(rf"{pulls}: (?:{NO_ANSWER})", words) is not None

    def stopped(self, node: Node) -> AbstractContextManager[None]:
        """By its init, until our end of the lease is closed."""
        return held_stopped(node, ["/bin/sh", "-c", LEASE, "sh", service_name(self.name)], self.name)

    def reviews(self, node: Node) -> Mapping[str, Sequence[ImageReviewLogEntry]] | None:
        """It is asked nothing about probes."""
        return None

    def _serves(self, node: Node) -> bool:
        """Whether it answers."""
        host, port = self.address.rsplit(":", 1)
        return node.run(["/bin/bash", "-c", ANSWERS, "bash", host, port], timeout=10).returncode == 0
