"""Whether the running API server has read the present content of a file that it reads at its start only."""

from __future__ import annotations

from ckslab.evidence import Evidence, NotAvailable
from ckslab.kubernetes.static_pod.container_files import Seen
from ckslab.needs.api_server import ApiServerNeed

STALE = "the API server was started before this file was saved, and reads it only at its start"
RESTART = (
    "Restart it: move its manifest out of the manifests folder, wait until it is gone, and move it back."
)


def stale_since_start(evidence: Evidence, seen: Seen) -> bool:
    """True if the running API server began with another content of this file than it has now.

    Judged by digests, never by time stamps. False where it cannot be known (graded from files alone),
    where no API server runs, and for files that were not visible to it when it began.
    """
    try:
        server = evidence.of(ApiServerNeed())
    except NotAvailable:
        return False
    if server.state == "down" or not server.files_known or seen.file is None:
        return False
    at_start = server.files_at_start.get(seen.container_path)
    read = (at_start, server.files_soon_after.get(seen.container_path))
    return bool(at_start and seen.file.sha256) and seen.file.sha256 not in read
