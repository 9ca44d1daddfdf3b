"""The image scanner of a running lab: started again where it was killed, stopped for a probe, asked for its log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from ckslab.cluster.backend import LABNODE, RUN, Node
from ckslab.needs.probe import NONCE, ImageReviewLogEntry
from ckslab.services.on_node import ensure_serving, held_stopped

START_SECONDS = 5.0
LEASE_SECONDS = 30
LINES = 500
"""How many of its log's last lines are read: a grading sends far fewer probes."""


def service_name(name: str) -> str:
    """What the node's init calls it."""
    return f"scanner-{name}"


def socket_path(name: str) -> str:
    """Its control socket on the node, which answers `status` and gives leases on its silence."""
    return f"{RUN}/{service_name(name)}.sock"


def log_path(name: str) -> str:
    """Its request log on the node: a JSON object a line."""
    return f"/var/log/scanner/{name}.jsonl"


class _LogLine(BaseModel):
    """What the scanner writes of one request."""

    images: tuple[str, ...] | None
    allowed: bool
    reason: str = ""
    annotations: dict[str, str] | None = None

    def entry(self) -> ImageReviewLogEntry:
        return ImageReviewLogEntry(self.images or (), self.allowed, self.reason)


class _Status(BaseModel):
    """What its control socket answers."""

    serving: bool


@dataclass(frozen=True, slots=True)
class RunningScanner:
    """See `ckslab.needs.sources.RunningService`."""

    name: str

    def ensure(self, node: Node) -> None:
        """One that somebody killed is started again: its absence is not the learner's answer."""
        ensure_serving(node, service_name(self.name), self.name, lambda: self._serves(node), START_SECONDS)

    def missed(self, words: str) -> bool:
        """Nothing is pulled from it."""
        return False

    def stopped(self, node: Node) -> AbstractContextManager[None]:
        """By a lease: it serves again when we are done, or dead."""
        lease = [LABNODE, "lease", "--socket", socket_path(self.name), "--ttl", f"{LEASE_SECONDS}s"]
        return held_stopped(node, lease, self.name)

    def reviews(self, node: Node) -> Mapping[str, Sequence[ImageReviewLogEntry]]:
        """What it was asked about the pods whose nonces are the keys, and what it said."""
        done = node.run(["tail", "-q", "-n", str(LINES), log_path(self.name)])
        asked: dict[str, list[ImageReviewLogEntry]] = {}
        for text in done.stdout.split(b"\n"):
            try:
                line = _LogLine.model_validate_json(text)
            except ValidationError:
                continue  # cut by the log's rotation, or written by the learner, who is root there
            if nonce := (line.annotations or {}).get(NONCE):
                asked.setdefault(nonce, []).append(line.entry())
        return asked

    def _serves(self, node: Node) -> bool:
        done = node.run([LABNODE, "ask", "--socket", socket_path(self.name), "status"], timeout=5)
        try:
            return _Status.model_validate_json(done.stdout).serving
        except ValidationError:
            return False
