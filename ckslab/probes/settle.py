"""Wait, bounded, until the control plane is settled: what runs is what the files say, or it has ended on them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from ckslab.checks.log_line import fatal_message
from ckslab.cluster.api import Api
from ckslab.cluster.backend import Node
from ckslab.evidence.static_pod import MANIFESTS, PodProblem, StaticPod
from ckslab.probes import control_plane
from ckslab.probes.control_plane import Look, Start
from ckslab.probes.kubelet import about_static_pods
from ckslab.progress import Progress

LIMIT = 90.0
"""Seconds: an edit takes 20 at most; an API server that was told to end may wait 60 for open watches."""

NOTICE = 12.0
"""Seconds after a manifest's change in which the kubelet may still replace a process that looks right: a
change that its process does not show (a comment, a probe) is settled after them."""

REFUSED = 8.0
"""Seconds after which a manifest that the kubelet cannot use has ended the old process, or never will."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How the waiting ended. state: "ready"; "ended" on the present files; "unsettled" within the limit."""

    state: Literal["ready", "ended", "unsettled"]
    look: Look
    waited: float


def settle(node: Node, api: Api, progress: Progress, limit: float = LIMIT) -> Settled:
    """Wait until the API server is ready with its present manifest, or has ended on its present files."""
    begin = time.monotonic()
    told = False
    while True:
        seen = control_plane.look(node)
        waited = time.monotonic() - begin
        state = _state(node, api, seen)
        if state is not None:
            return Settled(state, seen, waited)
        if waited > limit:
            return Settled("unsettled", seen, waited)
        if not told and waited > 0.5:
            progress.step("waiting for the API server to settle")
            told = True
        time.sleep(0.15)


def _state(node: Node, api: Api, seen: Look) -> Literal["ready", "ended"] | None:
    pod = seen.pod()
    age = seen.now - seen.changed
    if isinstance(pod, PodProblem):
        # A manifest that cannot be used: the kubelet ends the old process at its next full scan, if at all.
        if seen.live is None and age > 1.0:
            return "ended"
        return _ready(api) if age > REFUSED + NOTICE else None
    if seen.live is not None:
        right = _runs_as(pod, seen.live)
        if right and (seen.live.seen > seen.changed or age > NOTICE):
            return _ready(api)
        return None
    return "ended" if _ended_on_present_files(node, seen, pod) else None


def _ready(api: Api) -> Literal["ready"] | None:
    return "ready" if api.ready() else None


def _runs_as(pod: StaticPod, live: Start) -> bool:
    """Whether the live process is this manifest's: its arguments, and the mounts where they are known."""
    if [argument.text for argument in pod.argv] != list(live.argv):
        return False
    wanted = {mount.path.rstrip("/") for mount in pod.mounts}
    return not live.mounts or wanted <= {path.rstrip("/") for path in live.mounts}


def _ended_on_present_files(node: Node, seen: Look, pod: StaticPod) -> bool:
    """Whether the last start was after every change of the manifest and of what it mounts, and ended."""
    refused = [line for line in about_static_pods(node.kubelet_log(), seen.changed, seen.now) if _final(line)]
    if refused and seen.now - seen.changed > 2.0:
        return True
    if not seen.starts or seen.starts[-1].seen < seen.changed or not fatal_message(seen.log):
        return False  # one that was killed, and says nothing of why it ended, is started again
    last = seen.starts[-1]
    if [argument.text for argument in pod.argv] != list(last.argv) and not last.partial:
        return False
    paths = [volume.host_path for volume in pod.volumes if volume.host_path]
    return not control_plane.changed_since(node, last.seen, [MANIFESTS, *paths])


def _final(line: str) -> bool:
    """Lines after which the kubelet starts no container from the manifest as it is."""
    return any(text in line for text in ("hostPath type check failed", "Could not process manifest file"))
