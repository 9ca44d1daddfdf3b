"""Why the API server is down: the log line, the file and the line behind it, and what to do.

One table for all who ask: what a log says is looked up in it (`fatal_messages`, `kubelet_messages`), and what the
API server would say to the files (`start_refusals`) has its row there, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ckslab.diagnosis.injected_fault import matches_injected_fault
from ckslab.diagnosis.learners_own import learners_own
from ckslab.diagnosis.node_files import NodeFiles, load_pod
from ckslab.diagnosis.place import Places, host_path_place, place_of
from ckslab.evidence import Evidence, NotAvailable
from ckslab.kubernetes.klog import fatal_message, message
from ckslab.kubernetes.static_pod.manifest import API_SERVER, MANIFESTS, PodProblem, StaticPod
from ckslab.kubernetes.v1_35.apiserver_start import start_refusals
from ckslab.kubernetes.v1_35.fatal_messages import CONTAINER_ROWS, ETCD, OTHER, row_of
from ckslab.kubernetes.v1_35.kubelet_messages import kubelet_refusal, manifest_words
from ckslab.kubernetes.v1_35.message_row import Row
from ckslab.kubernetes.v1_35.refusal import Refusal
from ckslab.matching.matcher import shown
from ckslab.matching.pattern import MAX_LINE
from ckslab.needs.api_server import ApiServerFact, ApiServerNeed
from ckslab.needs.files import FolderNeed

MANIFEST = "manifest"
"""The kind of the cause that the kubelet takes no pod, or one of several, from the manifests."""

_ETCD_FLAGS = ("etcd-servers", "etcd-cafile", "etcd-certfile", "etcd-keyfile", "etcd-prefix")
_FLAG_IN_TEXT = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")


@dataclass(frozen=True, slots=True)
class Cause:
    """One named cause.

    log: what the log says, without its header ("" where no log says it). path, line: where to repair
    it. kind: the row of the cause table. chain: the files that lead to it, the manifest first, and flags: those of
    the API server that do; whose cause it is rests on them.
    """

    kind: str
    explanation: str
    advice: str
    path: str
    line: int | None = None
    log: str = ""
    chain: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def down_cause(evidence: Evidence) -> Cause | None:
    """The cause, if logs and files name one that is the learner's to repair; None otherwise.

    The learner's: one of the files or flags that lead to it differs from how the lab began, or the lab's seed
    planted it. Everything else is the lab's own trouble, for which nobody loses points.
    """
    cause = named_cause(evidence)
    if cause is None:
        return None
    own = learners_own(evidence, cause.chain, cause.flags)
    return cause if own or matches_injected_fault(evidence, cause.log) else None


def named_cause(evidence: Evidence) -> Cause | None:
    """The cause that logs and files name, whoever put it there; None while the API server is ready."""
    try:
        server = evidence.of(ApiServerNeed())
        evidence.of(FolderNeed(MANIFESTS))
    except NotAvailable:
        return None
    if server.state == "ready":
        return None
    problem = manifest_problem(evidence)
    if problem:
        return _manifest(problem, server)
    pod = load_pod(evidence, API_SERVER)
    return _from_kubelet(evidence, pod, server) or _from_log(evidence, pod, server) or _from_etcd(evidence)


def manifest_problem(evidence: Evidence) -> PodProblem | None:
    """Why the manifests give no pod of the API server, or more than one; the folder must be available."""
    try:
        return load_pod(evidence, API_SERVER).refused
    except PodProblem as problem:
        return problem


def manifest_cause(evidence: Evidence) -> Cause | None:
    """The same as a cause, also where an API server serves all the same; None if there is no such problem."""
    problem = manifest_problem(evidence)
    return _manifest(problem, evidence.of(ApiServerNeed())) if problem else None


def _manifest(problem: PodProblem, server: ApiServerFact) -> Cause:
    words = manifest_words(server.kubelet, problem.path)
    advice = "Correct the manifests: the kubelet reads them again by itself."
    log = shown_log(message(words)) if words else ""
    return Cause(MANIFEST, problem.reason, advice, problem.path, problem.line, log, (problem.path,))


def _from_kubelet(evidence: Evidence, pod: StaticPod, server: ApiServerFact) -> Cause | None:
    """Why it starts no container of the manifest as it is now."""
    refusal = kubelet_refusal(pod, server.kubelet)
    if refusal is None:
        return None
    row, said = refusal.row, shown_log(message(refusal.entry))
    if row.id == "host-path-type":
        line = host_path_place(evidence, pod, refusal.found["path"])
        says = refusal.found[0]
        if line is None:  # repaired since the kubelet wrote this
            return None
    else:
        keys = {"image": ("image",), "command": ("command",)}.get(row.id, ("volumeMounts",))
        line, says = pod.line(*keys), row.says
    return Cause(row.id, says, row.advice, pod.path, line, said, (pod.path,))


def _from_log(evidence: Evidence, pod: StaticPod, server: ApiServerFact) -> Cause | None:
    """What it ended of, or ends of as soon as it is started with these files."""
    text = fatal_message(server.log) if server.settled else ""
    refusals = evidence.once(start_refusals, lambda: start_refusals(pod, NodeFiles(evidence)))
    for row in CONTAINER_ROWS:
        match = row.pattern.search(text[:MAX_LINE]) if text else None
        if match:
            groups = {name: value for name, value in match.groupdict().items() if value}
            refusal = next((each for each in refusals if each.cause in row.causes), None)
            return _cause(evidence, pod, row, groups, refusal, text)
    if refusals and server.state == "down":
        return _cause(evidence, pod, row_of(refusals[0]), {}, refusals[0], text)
    return _other(pod, text) if text else None


def _cause(
    evidence: Evidence,
    pod: StaticPod,
    row: Row,
    groups: Mapping[str, str],
    refusal: Refusal | None,
    text: str,
) -> Cause:
    if row is ETCD:
        return _from_etcd(evidence, text) or _etcd_flags(pod, text)
    places = Places.follow(evidence, pod)
    where, detail = place_of(places, refusal, groups)
    says, log = f"{row.says}: {detail}" if detail else row.says, shown_log(text)
    flag = groups.get("flag") or groups.get("name", "")
    if flag and where.path == pod.path:
        return Cause(row.id, says, row.advice, where.path, where.line, log, (), (flag,))
    missing = pod.node_path(groups["path"]).node_path if "path" in groups else None
    chain = tuple(dict.fromkeys((pod.path, where.path, *places.files, *([missing] if missing else ()))))
    return Cause(row.id, says, row.advice, where.path, where.line, log, chain)


def _etcd_flags(pod: StaticPod, text: str) -> Cause:
    line = next((pod.flags[name][-1].line for name in _ETCD_FLAGS if name in pod.flags), pod.line("command"))
    log = shown_log(text)
    return Cause(ETCD.id, ETCD.says, ETCD.advice, pod.path, line, log, (f"{MANIFESTS}/etcd.yaml",), _ETCD_FLAGS)


def _from_etcd(evidence: Evidence, text: str = "") -> Cause | None:
    """That the kubelet runs no etcd, without which no API server gets ready."""
    try:
        problem = load_pod(evidence, "etcd").refused
    except PodProblem as found:
        problem = found
    if problem is None:
        return None
    says, chain = f"{ETCD.says}: {problem.reason}", (problem.path, f"{MANIFESTS}/etcd.yaml")
    return Cause(ETCD.id, says, ETCD.advice, problem.path, problem.line, shown_log(text), chain)


def _other(pod: StaticPod, text: str) -> Cause:
    """What no row knows, in the API server's own words; where it names a flag, there."""
    named = tuple(dict.fromkeys(_FLAG_IN_TEXT.findall(text[:MAX_LINE])))
    setting = next((pod.flags[name][-1] for name in named if name in pod.flags), None)
    line = setting.line if setting else pod.line("command")
    return Cause(
        OTHER.id,
        f"{OTHER.says}: {shown_log(text)}",
        OTHER.advice,
        pod.path,
        line,
        shown_log(text),
        (),
        named,
    )


def shown_log(text: str) -> str:
    """A log message in one line of bearable length."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 400 else shown(flat[:200]) + " ... " + flat[-180:]
