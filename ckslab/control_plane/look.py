"""The API server as the node shows it now: processes, logs and files in one look."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ckslab.cluster.backend import LABNODE, RUN, Node
from ckslab.cluster.labnode.answers import file_facts, files_request, folder_fact, json_object
from ckslab.errors import LabError
from ckslab.kubernetes.node_file import FolderFact
from ckslab.kubernetes.static_pod.manifest import MANIFESTS, PodProblem, StaticPod, find_pod

LOG_LINES = 80

LOOK = f"""
{LABNODE} files || exit 1
date +%s.%N
cat {RUN}/starts.json 2>/dev/null || echo '{{"starts":[]}}'
newest=$(ls -td /var/log/pods/kube-system_kube-apiserver-*/ 2>/dev/null | head -n 1)
log=$(ls -t "$newest"kube-apiserver/*.log 2>/dev/null | head -n 1)
echo "$log"
changed=$(find {MANIFESTS} -maxdepth 1 -printf '%C@\\n' 2>/dev/null | sort -n | tail -n 1)
echo "${{changed:-0}}"
[ -z "$log" ] || tail -n {LOG_LINES} "$log"
"""

CHANGED_SINCE = """
since=$1; shift
find "$@" -newerct "@$since" -print -quit 2>/dev/null
"""


@dataclass(frozen=True, slots=True)
class Start:
    """One start of the API server, as `labnode watch` recorded it. seen: seconds since the epoch."""

    argv: tuple[str, ...]
    files: Mapping[str, str]
    later: Mapping[str, str]
    mounts: tuple[str, ...]
    seen: float
    ended: bool
    partial: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What one look saw. now and changed are the node's clock, in seconds since the epoch; changed: when
    the manifests folder or a file in it was last changed. log: without the runtime's time stamps.
    """

    now: float
    starts: tuple[Start, ...]
    log_path: str
    changed: float
    log: tuple[str, ...]
    log_ends: str
    manifests: FolderFact
    live: Start | None = field(default=None)

    def pod(self) -> StaticPod | PodProblem:
        """The API server's static pod as the kubelet would read it, or why it would not."""
        try:
            pod = find_pod(self.manifests, "kube-apiserver")
        except PodProblem as problem:
            return problem
        return pod.refused or pod


def look(node: Node) -> Look:
    """Look once, by one command: it is done several times a second. LabError when the node does not answer."""
    done = node.run(["/bin/sh", "-c", LOOK], stdin=files_request([], [MANIFESTS]), timeout=20)
    files, _, rest = done.stdout.partition(b"\n")
    lines = rest.decode(errors="replace").splitlines()
    if len(lines) < 4:
        raise LabError("the node's state cannot be read", details=done.stderr.decode(errors="replace")[-500:])
    manifests = folder_fact(MANIFESTS, file_facts(json_object(files, "the node's answer about its manifests")))
    if manifests is None:
        raise LabError("the node's answer about its manifests makes no sense")
    starts = tuple(_start(data) for data in json.loads(lines[1])["starts"])
    raw = lines[4:]
    live = next((start for start in reversed(starts) if not start.ended), None)
    return Look(
        now=float(lines[0]),
        starts=starts,
        log_path=lines[2],
        changed=float(lines[3]),
        log=tuple(_plain(line) for line in raw),
        log_ends=raw[-1].split(" ", 1)[0] if raw else "",
        manifests=manifests,
        live=live,
    )


def changed_since(node: Node, since: float, paths: list[str]) -> bool:
    """Whether a file below the paths was changed after `since` (by ctime, which no copy keeps)."""
    done = node.run(["/bin/sh", "-c", CHANGED_SINCE, "sh", f"{since:.6f}", *paths], timeout=20)
    return bool(done.stdout.strip())


def _start(data: dict[str, Any]) -> Start:
    seen = datetime.datetime.fromisoformat(re.sub(r"(\.\d{6})\d*", r"\1", data["seen"]))
    return Start(
        argv=tuple(data["argv"] or ()),
        files=data["files"] or {},
        later=data.get("later") or {},
        mounts=tuple(data.get("mounts") or ()),
        seen=seen.timestamp(),
        ended=bool(data["ended"]),
        partial=bool(data.get("partial")),
    )


def _plain(line: str) -> str:
    """A line of a CRI log (`TIME STREAM F TEXT`) without its head."""
    parts = line.split(" ", 3)
    return parts[3] if len(parts) == 4 else line
