"""The API server as the node shows it now: processes, logs and files in one look."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ckslab.cluster.backend import LABNODE, Node
from ckslab.cluster.labnode.answers import (
    LookAnswer,
    Start,
    file_facts,
    files_request,
    folder_fact,
    parsed,
    starts_of,
)
from ckslab.errors import LabError
from ckslab.kubernetes.node_file import FolderFact
from ckslab.kubernetes.static_pod.manifest import API_SERVER, MANIFESTS, PodProblem, StaticPod, read_manifests
from ckslab.kubernetes.v1_35.kubelet_settings import KUBELET_CONFIG, file_check_seconds

LOG_LINES = 80

POD_LOG = re.compile(r"/var/log/pods/kube-system_kube-apiserver-[^/]*_(?P<uid>[0-9a-zA-Z-]+)/")

CHANGED_SINCE = """
since=$1; shift
find "$@" -newerct "@$since" -print -quit 2>/dev/null
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look saw. now and changed are the node's clock, in seconds since the epoch; changed: when
    the manifests folder or a file in it was last changed. log: without the runtime's time stamps.
    file_check: how often the kubelet reads the whole manifests folder, in seconds.
    """

    now: float
    starts: tuple[Start, ...]
    log_path: str
    changed: float
    log: tuple[str, ...]
    log_ends: str
    manifests: FolderFact
    file_check: float
    live: Start | None = field(default=None)

    @property
    def pod_uid(self) -> str:
        """Of the API server's newest pod, whose log this is; "" where there is none."""
        match = POD_LOG.match(self.log_path)
        return match["uid"] if match else ""

    def pod(self) -> StaticPod | PodProblem:
        """The API server's static pod as the kubelet would read it, or why it would not."""
        try:
            pod = read_manifests(self.manifests).pod(API_SERVER)
        except PodProblem as problem:
            return problem
        return pod.refused or pod


def look(node: Node) -> Look:
    """Look once, by one command: it is done several times a second. LabError when the node does not answer."""
    argv = [LABNODE, "look", "--log-lines", str(LOG_LINES)]
    done = node.run(argv, stdin=files_request([KUBELET_CONFIG], [MANIFESTS]), timeout=20)
    if done.returncode:
        raise LabError(
            "the node's state cannot be read",
            advice="a lab that another ckslab started: ckslab stop it, and start it again",
            details=done.stderr.decode(errors="replace")[-500:],
        )
    seen = parsed(LookAnswer, done.stdout, "the node's state")
    files = file_facts(seen.files)
    manifests, kubelet = folder_fact(MANIFESTS, files), files.get(KUBELET_CONFIG)
    if manifests is None:
        raise LabError("the node's answer about its manifests makes no sense")
    starts = starts_of(seen.starts)
    return Look(
        now=seen.now,
        starts=starts,
        log_path=seen.log_path,
        changed=seen.changed,
        log=tuple(_plain(line) for line in seen.log),
        log_ends=seen.log[-1].split(" ", 1)[0] if seen.log else "",
        manifests=manifests,
        file_check=file_check_seconds(kubelet.text if kubelet else None),
        live=next((start for start in reversed(starts) if not start.ended), None),
    )


def changed_since(node: Node, since: float, paths: list[str]) -> bool:
    """Whether a file below the paths was changed after `since` (by ctime, which no copy keeps)."""
    done = node.run(["/bin/sh", "-c", CHANGED_SINCE, "sh", f"{since:.6f}", *paths], timeout=20)
    return bool(done.stdout.strip())


def _plain(line: str) -> str:
    """A line of a CRI log (`TIME STREAM F TEXT`) without its head."""
    parts = line.split(" ", 3)
    return parts[3] if len(parts) == 4 else line
