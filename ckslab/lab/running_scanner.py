"""The image scanner of a running lab, as probes use it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from ckslab.cluster.backend import LABNODE, RUN, SCANNER_LOG, Node
from ckslab.control_plane.look import scanner_status
from ckslab.errors import CkslabError
from ckslab.needs.probe import NONCE, ImageReviewLogEntry

LEASE_SECONDS = 30
LOG_LINES = 500


class _Line(BaseModel):
    """One line of the scanner's log."""

    images: tuple[str, ...] | None
    allowed: bool
    reason: str = ""
    annotations: dict[str, str] | None = None

    def entry(self) -> ImageReviewLogEntry:
        return ImageReviewLogEntry(self.images or (), self.allowed, self.reason)


@dataclass(frozen=True, slots=True)
class RunningScanner:
    """A scanner by its name in the scenario."""

    name: str

    def ensure(self, node: Node) -> None:
        """One that somebody killed is started again: its absence is not the learner's answer."""
        if scanner_status(node, self.name):
            return
        node.restart_service(f"scanner-{self.name}")
        end = time.monotonic() + 5.0
        while not scanner_status(node, self.name):
            if time.monotonic() > end:
                raise CkslabError(f"the lab's {self.name} does not run and could not be started again")
            time.sleep(0.1)

    @contextmanager
    def stopped(self, node: Node) -> Iterator[None]:
        """It refuses connections; it serves again when we are done, or dead."""
        socket = f"{RUN}/scanner-{self.name}.sock"
        lease = node.open([LABNODE, "lease", "--socket", socket, "--ttl", f"{LEASE_SECONDS}s"])
        try:
            if lease.readline(10.0) != "stopped":
                raise CkslabError(f"the lab's {self.name} could not be stopped for a probe")
            yield
        finally:
            lease.close()

    def reviews(self, node: Node) -> Mapping[str, list[ImageReviewLogEntry]]:
        """What it was asked, by nonce. Lines that make no sense are passed over: the log's rotation cuts one in
        the middle, and the learner can write to it.
        """
        done = node.run(["tail", "-q", "-n", str(LOG_LINES), f"{SCANNER_LOG}/{self.name}.jsonl"])
        found: dict[str, list[ImageReviewLogEntry]] = {}
        for text in done.stdout.splitlines():
            try:
                line = _Line.model_validate_json(text)
            except ValidationError:
                continue
            if nonce := (line.annotations or {}).get(NONCE):
                found.setdefault(nonce, []).append(line.entry())
        return found
