"""Why the API server is down: the log line, the file and the line behind it, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ckslab.diagnosis.injected_fault import matches_injected_fault
from ckslab.diagnosis.node_files import NodeFiles, load_pod
from ckslab.diagnosis.place import Places, host_path_place, place_of
from ckslab.evidence import Evidence, NotAvailable
from ckslab.kubernetes.klog import fatal_message, message
from ckslab.kubernetes.node_file import differs
from ckslab.kubernetes.static_pod.manifest import API_SERVER, MANIFESTS, PodProblem, StaticPod
from ckslab.kubernetes.v1_35.apiserver_start import start_refusals
from ckslab.kubernetes.v1_35.fatal_messages import CONTAINER_ROWS
from ckslab.kubernetes.v1_35.kubelet_messages import KUBELET_ROWS
from ckslab.kubernetes.v1_35.message_row import Row
from ckslab.matching.matcher import shown
from ckslab.matching.pattern import MAX_LINE
from ckslab.needs.api_server import ApiServerFact, ApiServerNeed
from ckslab.needs.files import FileNeed, FolderNeed, InitialNeed


@dataclass(frozen=True, slots=True)
class Cause:
    """One named cause.

    log: what the log says, without its header ("" where no log says it). path, line: where to repair
    it. kind: the row of the cause table. chain: the files that lead to it, the manifest first.
    """

    kind: str
    explanation: str
    advice: str
    path: str
    line: int | None = None
    log: str = ""
    chain: tuple[str, ...] = ()


def down_cause(evidence: Evidence) -> Cause | None:
    """The cause, if logs and files name one that is the learner's to repair; None otherwise.

    The learner's: one of the files that lead to it differs from its initial content, or the lab's seed
    planted it. Everything else is the lab's own trouble, for which nobody loses points.
    """
    cause = named_cause(evidence)
    if cause is None:
        return None
    learners = any(_changed(evidence, path) for path in (*cause.chain, cause.path))
    return cause if learners or matches_injected_fault(evidence, cause.log) else None


def named_cause(evidence: Evidence) -> Cause | None:
    """The cause that logs and files name, whoever put it there; None while the API server is ready."""
    try:
        server = evidence.of(ApiServerNeed())
        evidence.of(FolderNeed(MANIFESTS))
    except NotAvailable:
        return None
    if server.state == "ready":
        return None
    try:
        pod = load_pod(evidence, API_SERVER)
    except PodProblem as problem:
        return _manifest(problem, server)
    if pod.refused:
        return _manifest(pod.refused, server)
    return _from_kubelet(evidence, pod, server, early=True) or _from_log(evidence, pod, server)


def _manifest(problem: PodProblem, server: ApiServerFact) -> Cause:
    lines = [line for line in server.kubelet if "manifest file" in line or "process config file" in line]
    log = message(lines[-1]) if lines else ""
    advice = "Correct the manifest: the kubelet reads it again by itself."
    return Cause("manifest", problem.reason, advice, problem.path, problem.line, log, (problem.path,))


def _from_kubelet(evidence: Evidence, pod: StaticPod, server: ApiServerFact, early: bool) -> Cause | None:
    for line in reversed(server.kubelet):
        for row in KUBELET_ROWS:
            match = row.pattern.search(line[:MAX_LINE])
            if match is None or (early and row.id != "host-path-type"):
                continue
            cause = Cause(row.id, row.says, row.advice, pod.path, None, message(line), (pod.path,))
            if row.id == "host-path-type":
                place = host_path_place(evidence, pod, match["path"])
                if place is None:  # repaired since the kubelet wrote this
                    continue
                return replace(cause, line=place, explanation=match[0])
            keys = {"image": ("image",), "command": ("command",)}.get(row.id, ("volumeMounts",))
            return replace(cause, line=pod.line(*keys))
    return None


def _from_log(evidence: Evidence, pod: StaticPod, server: ApiServerFact) -> Cause | None:
    text = fatal_message(server.log)
    for row in CONTAINER_ROWS:
        match = row.pattern.search(text[:MAX_LINE]) if text else None
        if match:
            groups = {name: value for name, value in match.groupdict().items() if value}
            if row.id == "etcd":
                groups["flag"] = "etcd-servers"
            return _cause(evidence, pod, row, groups, text)
    return _from_kubelet(evidence, pod, server, early=False)


def _cause(evidence: Evidence, pod: StaticPod, row: Row, groups: dict[str, str], text: str) -> Cause:
    refusals = start_refusals(pod, NodeFiles(evidence)) if row.causes else []
    refusal = next((each for each in refusals if each.cause in row.causes), None)
    places = Places.follow(evidence, pod)
    where, detail = place_of(places, refusal, groups)
    missing = pod.node_path(groups["path"]).node_path if "path" in groups else None
    chain = tuple(dict.fromkeys((pod.path, where.path, *places.files, *([missing] if missing else ()))))
    says = f"{row.says}: {detail}" if detail else row.says
    return Cause(row.id, says, row.advice, where.path, where.line, shown_log(text), chain)


def shown_log(text: str) -> str:
    """A log message in one line of bearable length."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 400 else shown(flat[:200]) + " ... " + flat[-180:]


def _changed(evidence: Evidence, path: str) -> bool:
    try:
        return differs(evidence.of(FileNeed(path)), evidence.of(InitialNeed(path)))
    except NotAvailable:
        return False
