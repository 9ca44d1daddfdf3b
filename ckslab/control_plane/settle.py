"""Wait, bounded, until the control plane is settled: what runs is what the files say, or it has ended on them.

Which manifest a pod is of is the kubelet's to say: it stamps each static pod with the moment at which it first saw
its manifest (see `config_seen`), some milliseconds after that was saved. A pod whose manifest was seen after the
last change is of the manifest as it is. One that was seen before is of the manifest before, or of the same one with
another comment: there time has to tell (see `timing.noticed`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ckslab.cluster.api import Api
from ckslab.cluster.backend import Node
from ckslab.cluster.labnode.answers import Start
from ckslab.control_plane.config_seen import config_seen
from ckslab.control_plane.containers import of_uid
from ckslab.control_plane.look import Look, changed_since, kinds_on_node, kubelet_runs, look
from ckslab.control_plane.timing import BETWEEN_LOOKS, KUBELET_BACK, LIMIT, STAYS, WRITTEN, noticed
from ckslab.kubernetes.klog import fatal_message
from ckslab.kubernetes.static_pod.manifest import MANIFESTS, PodProblem, StaticPod
from ckslab.kubernetes.v1_35.container_hash import container_hash
from ckslab.kubernetes.v1_35.fatal_messages import LISTENER
from ckslab.kubernetes.v1_35.host_path import host_path_problem, typed_volumes
from ckslab.kubernetes.v1_35.kubelet_messages import kubelet_refusal
from ckslab.progress import Progress
from ckslab.waiting import polls

EVERYWHERE = ("/etc/hosts", "/etc/resolv.conf", "/etc/hostname", "/var/run/secrets", "/run/secrets")


@dataclass(frozen=True, slots=True)
class Settled:
    """How the waiting ended. state: "ready"; "ended" on the present files; "unsettled" within the limit."""

    state: Literal["ready", "ended", "unsettled"]
    look: Look
    waited: float


def settle(node: Node, api: Api, progress: Progress, limit: float = LIMIT) -> Settled:
    """Wait until the API server is ready with its present manifest, or has ended on its present files."""
    told = False
    waited = met = 0.0
    for waited in polls(limit, every=0.0, node=node):
        seen = look(node)
        state = _state(node, api, seen)
        if state is not None:
            return Settled(state, seen, waited)
        if not told and waited > 0.5:
            progress.step("waiting for the API server to settle")
            told = True
        if waited - met > KUBELET_BACK:
            if without_kubelet(node):
                return Settled("unsettled", seen, waited)
            met = waited
        _pause(api)
    return Settled("unsettled", look(node), waited)


def without_kubelet(node: Node) -> bool:
    """Whether there is none, and it is not about to come back, as after a restart."""
    return not any(kubelet_runs(node) for _ in polls(KUBELET_BACK, every=0.5, node=node))


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
    age, late = seen.now - seen.changed, noticed(seen.file_check)
    if seen.live is None:
        # Once more, before it is called down: one that serves is up, whoever has lost the record of its start.
        if api.ready():
            return "ready" if age > late else None
        # A manifest that cannot be used: the kubelet ends the old process at its next full reading, if at all.
        ended = age > WRITTEN if isinstance(pod, PodProblem) else _ended_on_present_files(node, seen, pod)
        return "ended" if ended else None
    if not api.ready():
        return None  # it starts, or was told to end
    if isinstance(pod, PodProblem):
        return "ready" if age > late + STAYS else None
    if len(seen.pods) > 1:
        late += STAYS  # each file that was saved had its turn before the last by name got its own
    timely = age > late and _runs_as(pod, seen.live) and _made_for_its_image(node, seen, pod, seen.live)
    return "ready" if timely or _of_present_manifest(node, seen, pod, seen.live) else None


def _of_present_manifest(node: Node, seen: Look, pod: StaticPod, last: Start) -> bool:
    """Whether the last start is of the manifest as it is: by the kubelet's word, or because the pod of another one
    would have been told to end before.
    """
    if last.seen < seen.changed:
        return False
    if last.seen > seen.changed + noticed(seen.file_check):
        return _runs_as(pod, last)
    if len(seen.pods) > 1:
        return False  # the kubelet's word does not tell of which file it is
    # Of the process's own pod: for some seconds one of the manifest before may serve beside the newer pod, whose
    # server finds the port taken.
    first_seen = config_seen(node, last.pod_uid or seen.pod_uid)
    return first_seen is not None and first_seen >= seen.changed


def _runs_as(pod: StaticPod, live: Start) -> bool:
    """Whether the process is this manifest's: its arguments, and the mounts where they are known."""
    pod = pod.of_container(live.container)
    if live.argv and not pod.runs_as(live.argv):
        return False
    wanted = {mount.path.rstrip("/") for mount in pod.mounts}
    has = {path.rstrip("/") for path in live.mounts}
    return not has or (wanted <= has and not any(_added(path) for path in has - wanted))


def _made_for_its_image(node: Node, seen: Look, pod: StaticPod, live: Start) -> bool:
    """Whether the process is of a container that was made for the manifest's `image:`, where that can be known.

    Another image is all that differs in some manifests, and no argument tells it. A process that began after the
    last change is not asked, nor one that the kubelet has left alone for longer than anything is waited for.
    """
    uid = live.pod_uid or seen.pod_uid
    if live.seen >= seen.changed or seen.now - seen.changed > LIMIT or not uid:
        return True
    found, pod = of_uid(node, uid), pod.of_container(live.container)
    made_for = {one.hash for one in found or () if one.name == pod.container and one.hash}
    return found is not None and (not made_for or container_hash(pod.container, pod.image) in made_for)


def _added(path: str) -> bool:
    """Whether a mount point is not one that every container has."""
    return bool(path) and path not in EVERYWHERE and not path.startswith(("/proc", "/sys", "/dev"))


def _ended_on_present_files(node: Node, seen: Look, pod: StaticPod) -> bool:
    """Whether the last start was this manifest's, after every change of what it mounts, and ended by itself; or the
    kubelet can start none.
    """
    if not seen.starts or seen.starts[-1].seen < seen.changed:
        # nothing was started from the manifest as it is: given up, or not yet taken up
        return seen.now - seen.changed > noticed(seen.file_check) and _refused(node, seen, pod)
    last = seen.starts[-1]
    said = fatal_message(seen.log)
    if last.pod_uid not in ("", seen.pod_uid) or not said:
        return False  # one that was killed says nothing of why it ended, and is started again
    if LISTENER.pattern.search(said) and seen.now - seen.changed <= noticed(seen.file_check) + STAYS:
        return False  # the server of the manifest before may have held the port, which it lets go of
    if not _of_present_manifest(node, seen, pod, last):
        return False  # the kubelet still starts the pod of the manifest before
    paths = [volume.host_path for volume in pod.volumes if volume.host_path]
    return not changed_since(node, last.seen, [MANIFESTS, *paths])


def _refused(node: Node, seen: Look, pod: StaticPod) -> bool:
    """Whether the kubelet can start no container of the manifest as it is: a hostPath's type does not fit (which it
    says again after up to 2 min 2 s only, and anybody can see), or it has said why since the last change.
    """
    volumes = dict(typed_volumes(pod))
    kinds = kinds_on_node(node, volumes)
    if any(host_path_problem(volumes[path].type, kind, path) for path, kind in kinds.items()):
        return True
    return kubelet_refusal(pod, seen.kubelet_words(node.kubelet_log())) is not None
