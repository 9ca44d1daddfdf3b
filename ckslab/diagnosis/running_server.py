"""What the running API server works with, where one runs and can be asked: its flags, and the files it has read."""

from __future__ import annotations

from collections.abc import Sequence

from ckslab.evidence import Evidence, NotAvailable
from ckslab.kubernetes.klog import fatal_message
from ckslab.kubernetes.static_pod.container_files import Seen
from ckslab.kubernetes.static_pod.flags import FlagValue, entries, process_flags
from ckslab.needs.api_server import ApiServerNeed

STALE = "the API server was started before this file was saved, and reads it only at its start"
NOT_RESTARTED = "restart"
"""The root of what fails because the API server runs with what its files were at its start."""
RESTART = "Restart it: move its manifest out of the manifests folder, wait until it is gone, and move it back."


def running_flags(evidence: Evidence) -> dict[str, list[FlagValue]] | None:
    """The flags of the live process; None if none runs or (graded from files alone) it cannot be known."""
    try:
        server = evidence.of(ApiServerNeed())
    except NotAvailable:
        return None
    return process_flags(server.argv) if server.argv else None


def last_words(evidence: Evidence) -> str:
    """What the log of an API server that is down says it ended of; "" where one runs or nothing is known."""
    try:
        server = evidence.of(ApiServerNeed())
    except NotAvailable:
        return ""
    return fatal_message(server.log) if server.state == "down" else ""


def plugin_enabled(flags: dict[str, list[FlagValue]], plugin: str) -> bool:
    """Whether --enable-admission-plugins names the plugin and --disable-admission-plugins does not."""
    settings: Sequence[FlagValue] = flags.get("enable-admission-plugins", ())
    off = entries(flags.get("disable-admission-plugins", ()))
    return plugin in entries(settings) and plugin not in off


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
