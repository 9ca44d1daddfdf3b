"""What the running API server works with, where one runs and can be asked: its flags, and the files it has read."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from posixpath import basename

from ckslab.evidence import Evidence, NotAvailable
from ckslab.kubernetes.klog import fatal_message
from ckslab.kubernetes.static_pod.container_files import MAX_LINKS, Seen
from ckslab.kubernetes.static_pod.flags import Argument, Flags, read_flags
from ckslab.kubernetes.static_pod.manifest import StaticPod
from ckslab.kubernetes.v1_35.apiserver_flags import SWITCHES
from ckslab.matching.matcher import shown
from ckslab.needs.api_server import ApiServerNeed

STALE = "the API server was started before this file was saved, and reads it only at its start"
NOT_RESTARTED = "restart"
"""The root of what fails because the API server runs with what its files were at its start."""
RESTART = "Restart it: move its manifest out of the manifests folder, wait until it is gone, and move it back."


def other_manifest(evidence: Evidence, pod: StaticPod) -> str:
    """By what the running API server shows that it was not started from this manifest; "" if by nothing.

    Two things tell: its arguments (but for those of a program that started it), and that the manifest was saved
    when there was no kubelet any more.
    """
    server = evidence.of(ApiServerNeed())
    own = bool(server.argv and pod.argv) and basename(server.argv[0]) == basename(pod.argv[0].text)
    for has, wanted in zip_longest(server.argv, pod.argv) if own else ():
        if has is None or wanted is None or not wanted.may_be(has):
            return f"it was started with {_shown(has)}, where the manifest has {_shown(wanted and wanted.text)}"
    if server.outdated:
        return "the manifest was changed after its start, and no kubelet runs that would start it anew"
    return ""


def _shown(argument: str | None) -> str:
    return "no more arguments" if argument is None else shown(argument)


def running_flags(evidence: Evidence) -> Flags | None:
    """The flags of the live process; None if none runs or (graded from files alone) it cannot be known."""
    try:
        server = evidence.of(ApiServerNeed())
    except NotAvailable:
        return None
    return read_flags([Argument(text) for text in server.argv[1:]], SWITCHES) if server.argv else None


def last_words(evidence: Evidence) -> str:
    """What the log of an API server that is down says it ended of; "" where one runs or nothing is known."""
    try:
        server = evidence.of(ApiServerNeed())
    except NotAvailable:
        return ""
    return fatal_message(server.log) if server.state == "down" else ""


def stale_since_start(evidence: Evidence, seen: Seen) -> bool:
    """True if the running API server began with another content of this file than it has now.

    Judged by digests of what its path led to, symlinks followed as they were, never by time stamps. False where it
    cannot be known (graded from files alone), where no API server runs, and for files that were not visible to it
    when it began.
    """
    try:
        server = evidence.of(ApiServerNeed())
    except NotAvailable:
        return False
    if server.state == "down" or seen.file is None:
        return False
    at_start = digest_at(server.files_at_start, seen.container_path)
    soon_after = digest_at({**server.files_at_start, **server.files_soon_after}, seen.container_path)
    return bool(at_start and seen.file.sha256) and seen.file.sha256 not in (at_start, soon_after)


def digest_at(recorded: Mapping[str, str], path: str) -> str:
    """The digest that a record of `labnode watch` has of a container path, "" if it has none.

    recorded: path -> sha256 hex, or `-> TARGET` of a symlink, which is followed as it was then.
    """
    left = path.split("/")[::-1]
    at, links = "", 0
    while left:
        name = left.pop()
        if name in ("", "."):
            continue
        parent, at = at, at.rpartition("/")[0] if name == ".." else f"{at}/{name}"
        target = recorded.get(at, "").partition("-> ")
        if target[1] and not target[0]:
            links += 1
            if links > MAX_LINKS:
                return ""
            left += target[2].split("/")[::-1]
            at = "" if target[2].startswith("/") else parent
    found = recorded.get(at, "")
    return "" if found.startswith("-> ") else found
