"""The API server as the node shows it now: processes, logs and files in one look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ckslab.cluster.backend import LABNODE, Node
from ckslab.cluster.labnode.answers import (
    FilesAnswer,
    LookAnswer,
    Start,
    file_facts,
    files_request,
    folder_fact,
    parsed,
    starts_of,
)
from ckslab.cluster.node.network import PORT
from ckslab.errors import LabError
from ckslab.kubernetes.node_file import FileKind, FolderFact
from ckslab.kubernetes.static_pod.flags import Argument, read_flags
from ckslab.kubernetes.static_pod.manifest import API_SERVER, MANIFESTS, PodProblem, StaticPod, read_manifests
from ckslab.kubernetes.v1_35.apiserver_flags import SWITCHES
from ckslab.kubernetes.v1_35.kubelet_messages import about_static_pod
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
        """Of the pod whose log this is, the API server's newest; "" where there is none."""
        match = POD_LOG.match(self.log_path)
        return match["uid"] if match else ""

    @property
    def pods(self) -> tuple[StaticPod, ...]:
        """What the manifests hold of the API server's static pod and the kubelet would take."""
        files = read_manifests(self.manifests).files
        return tuple(one.pod for one in files if one.pod and one.pod.name == API_SERVER and not one.pod.refused)

    def pod(self) -> StaticPod | PodProblem:
        """The API server's static pod as the kubelet runs it, or why it runs none.

        Of several manifests of one pod the last by name counts at each full reading of the folder (listConfig and
        replaceStore in pkg/kubelet/config/file.go, v1.35: sorted, and put into a store by namespace and name).
        """
        if self.pods:
            return self.pods[-1]
        try:
            pod = read_manifests(self.manifests).pod(API_SERVER)
        except PodProblem as problem:
            return problem
        return pod.refused or pod

    def kubelet_words(self, lines: Iterable[str]) -> tuple[str, ...]:
        """What of the kubelet's log is about this pod and its manifests, since their last change.

        That a manifest cannot be used is said of what it held before, where a process was started from it later:
        the kubelet may meet a file that is half written, and says so a moment after it is whole.
        """
        files = read_manifests(self.manifests).files
        paths = {one.path for one in files if one.pod and one.pod.name == API_SERVER}
        pod = self.pod()
        started = self.starts[-1].seen if self.starts else 0.0
        return about_static_pod(
            lines,
            API_SERVER,
            {*paths, pod.path},
            self.changed,
            self.now,
            started if started >= self.changed else 0.0,
        )


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
        log=without_heads(seen.log),
        log_ends=seen.log[-1].split(" ", 1)[0] if seen.log else "",
        manifests=manifests,
        file_check=file_check_seconds(kubelet.text if kubelet else None),
        live=_live([start for start in starts if not start.ended]),
    )


def _live(starts: Sequence[Start]) -> Start | None:
    """The newest of those that live, rather one that was told to listen where the API server is asked."""
    asked = [start for start in starts if _port(start) == str(PORT)]
    return next(reversed(asked or starts), None)


def _port(start: Start) -> str:
    """6443 unless it is told otherwise (NewSecureServingOptions of pkg/kubeapiserver/options, v1.35)."""
    told = read_flags([Argument(text) for text in start.argv[1:]], SWITCHES).get("secure-port")
    return told[-1].value if told else "6443"


def kubelet_runs(node: Node) -> bool:
    """Whether there is a kubelet, without which nothing that is saved is taken up."""
    return node.run(["pgrep", "-x", "kubelet"], timeout=20).returncode == 0


def kinds_on_node(node: Node, paths: Iterable[str]) -> dict[str, FileKind]:
    """What lies at these paths of the node; a path of which the answer makes no sense is left out."""
    done = node.run([LABNODE, "files"], stdin=files_request(list(paths), []), timeout=20)
    facts = file_facts(parsed(FilesAnswer, done.stdout, "the node's answer about its files").root)
    return {path: fact.kind for path, fact in facts.items()}


def changed_since(node: Node, since: float, paths: list[str]) -> bool:
    """Whether a file below the paths was changed after `since` (by ctime, which no copy keeps)."""
    done = node.run(["/bin/sh", "-c", CHANGED_SINCE, "sh", f"{since:.6f}", *paths], timeout=20)
    return bool(done.stdout.strip())


def without_heads(lines: Iterable[str]) -> tuple[str, ...]:
    """The lines of a CRI log (`TIME STREAM TAG TEXT`) without their heads.

    A line that the runtime has cut (tag P, after 16 KiB) is put together again (pkg/kubelet/kuberuntime/logs).
    """
    found: list[str] = []
    cut = False
    for line in lines:
        parts = line.split(" ", 3)
        text = parts[3] if len(parts) == 4 else line
        if cut:
            found[-1] += text
        else:
            found.append(text)
        cut = len(parts) == 4 and parts[2].split(":")[0] == "P"
    return tuple(found)
