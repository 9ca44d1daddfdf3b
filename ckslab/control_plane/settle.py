"""Wait, bounded, until the control plane is settled: what runs is what the files say, or it has ended on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ckslab.cluster.api import Api
from ckslab.cluster.backend import Node
from ckslab.cluster.labnode.answers import Start
from ckslab.control_plane import look as control_plane
from ckslab.control_plane.look import Look
from ckslab.kubernetes.klog import fatal_message
from ckslab.kubernetes.static_pod.manifest import MANIFESTS, PodProblem, StaticPod
from ckslab.kubernetes.v1_35.kubelet_messages import about_static_pods
from ckslab.progress import Progress
from ckslab.waiting import polls

LIMIT = 90.0
"""Seconds: an edit takes 20 at most; an API server that was told to end may wait 60 for open watches."""

BETWEEN_LOOKS = 0.4
"""Seconds between two looks at the node."""

NOTICE = 12.0
"""Seconds after a manifest's change in which the kubelet may still replace a process that looks right: a
change that its process does not show (a comment, a probe) is settled after them."""

REFUSED = 8.0
"""Seconds after which a manifest that the kubelet cannot use has ended the old process, or never will."""

TAKEN_UP = 8.0
"""Seconds in which the kubelet may still start the pod of the manifest before (it replaces it after 9)."""

EVERYWHERE = ("/etc/hosts", "/etc/resolv.conf", "/etc/hostname", "/var/run/secrets", "/run/secrets")

FINAL = ("hostPath type check failed", "Could not process manifest file", "InvalidImageName", "ErrImage")
"""What the kubelet says of a pod that it cannot start as its manifest is."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How the waiting ended. state: "ready"; "ended" on the present files; "unsettled" within the limit."""

    state: Literal["ready", "ended", "unsettled"]
    look: Look
    waited: float


def settle(node: Node, api: Api, progress: Progress, limit: float = LIMIT) -> Settled:
    """Wait until the API server is ready with its present manifest, or has ended on its present files."""
    told = False
    seen, waited = None, 0.0
    for waited in polls(limit, every=0.0, node=node):
        seen = control_plane.look(node)
        state = _state(node, api, seen)
        if state is not None:
            return Settled(state, seen, waited)
        if not told and waited > 0.5:
            progress.step("waiting for the API server to settle")
            told = True
        _pause(api)
    return Settled("unsettled", seen or control_plane.look(node), waited)


def _pause(api: Api) -> None:
    """Until the next look: when the API server becomes ready, else after a while. To ask it costs little; a look
    at the node costs what a starting control plane needs itself.
    """
    ready = api.ready()
    for _ in polls(BETWEEN_LOOKS, every=0.05):
        if not ready and api.ready():
            return


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
        if right and (_taken_up(seen, seen.live) or age > NOTICE):
            return _ready(api)
        return None
    return "ended" if _ended_on_present_files(node, seen, pod) else None


def _ready(api: Api) -> Literal["ready"] | None:
    return "ready" if api.ready() else None


def _runs_as(pod: StaticPod, live: Start) -> bool:
    """Whether the live process is this manifest's: its arguments, and the mounts where they are known."""
    if live.argv and [argument.text for argument in pod.argv] != list(live.argv):
        return False
    wanted = {mount.path.rstrip("/") for mount in pod.mounts}
    has = {path.rstrip("/") for path in live.mounts}
    return not has or (wanted <= has and not any(_added(path) for path in has - wanted))


def _added(path: str) -> bool:
    """Whether a mount point is not one that every container has."""
    return bool(path) and path not in EVERYWHERE and not path.startswith(("/proc", "/sys", "/dev"))


def _taken_up(seen: Look, start: Start) -> bool:
    """Whether a start can only be of the manifest as it is: the kubelet takes a while to replace a pod, and
    may start the one before once more.
    """
    first = all(one.seen > seen.changed for one in seen.starts)
    return start.seen > seen.changed and (first or start.seen > seen.changed + TAKEN_UP)


def _ended_on_present_files(node: Node, seen: Look, pod: StaticPod) -> bool:
    """Whether the last start was this manifest's, after every change of what it mounts, and ended by itself."""
    age = seen.now - seen.changed
    if not seen.starts or seen.starts[-1].seen < seen.changed:
        # nothing was started from the manifest as it is: given up, or not yet taken up
        return age > NOTICE and bool(_refusals(node, seen))
    last = seen.starts[-1]
    if not _runs_as(pod, last) or not _taken_up(seen, last):
        return False  # the kubelet still starts the pod of the manifest before
    if not fatal_message(seen.log):
        return False  # one that was killed says nothing of why it ended, and is started again
    paths = [volume.host_path for volume in pod.volumes if volume.host_path]
    return not control_plane.changed_since(node, last.seen, [MANIFESTS, *paths])


def _refusals(node: Node, seen: Look) -> list[str]:
    """The kubelet's words, since the manifest's last change, after which it starts no container."""
    lines = about_static_pods(node.kubelet_log(), seen.changed, seen.now)
    return [line for line in lines if any(text in line for text in FINAL)]
