"""Why the API server has ended: what its log says, and what it would say to the files as they are.

One table for both: a log is looked up in `fatal_messages`, and what is said of files (`start_refusals`) has its row
there, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from ckslab.diagnosis.learners_own import beyond_the_task
from ckslab.diagnosis.named import Cause, shown_log
from ckslab.diagnosis.node_files import NodeFiles, load_pod
from ckslab.diagnosis.place import Places, place_of
from ckslab.evidence import Evidence
from ckslab.kubernetes.klog import fatal_message
from ckslab.kubernetes.static_pod.manifest import MANIFESTS, PodProblem, StaticPod
from ckslab.kubernetes.v1_35.apiserver_start import start_refusals
from ckslab.kubernetes.v1_35.fatal_messages import CONTAINER_ROWS, ETCD, OTHER, OTHER_FILE, row_of
from ckslab.kubernetes.v1_35.message_row import Row
from ckslab.kubernetes.v1_35.refusal import Refusal
from ckslab.matching.pattern import MAX_LINE
from ckslab.needs.api_server import ApiServerFact

_ETCD_FILES = ("etcd-cafile", "etcd-certfile", "etcd-keyfile")
_ETCD_FLAGS = ("etcd-servers", *_ETCD_FILES, "etcd-prefix")
_FLAG_IN_TEXT = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")


def from_log(evidence: Evidence, pod: StaticPod, server: ApiServerFact) -> Cause | None:
    """What it ended of, or ends of as soon as it is started with these files."""
    text = fatal_message(server.log) if server.settled else ""
    refusals = evidence.once(start_refusals, lambda: start_refusals(pod, NodeFiles(evidence)))
    for row in CONTAINER_ROWS:
        if text and (groups := _groups(row, text)) is not None:
            refusal = next((each for each in refusals if each.cause in row.causes), None)
            if refusal and row is OTHER_FILE:  # the files tell which it is
                row, groups = row_of(refusal), _groups(row_of(refusal), refusal.reason) or {}
            return _cause(evidence, pod, row, groups, refusal, text)
    if refusals and server.state == "down":
        row = row_of(refusals[0])
        return _cause(evidence, pod, row, _groups(row, refusals[0].reason) or {}, refusals[0], text)
    return _other(evidence, pod, text) if text else None


def _groups(row: Row, text: str) -> dict[str, str] | None:
    """What the row finds in a text; None if the text is not of that kind."""
    match = row.pattern.search(text[:MAX_LINE])
    return {name: value for name, value in match.groupdict().items() if value} if match else None


def _cause(
    evidence: Evidence,
    pod: StaticPod,
    row: Row,
    groups: Mapping[str, str],
    refusal: Refusal | None,
    text: str,
) -> Cause:
    if row is ETCD:
        return from_etcd(evidence, text) or _etcd_flags(evidence, pod, text)
    places = Places.follow(evidence, pod)
    where, detail = place_of(places, refusal, groups)
    says, log = f"{row.says}: {detail}" if detail else row.says, shown_log(text)
    flags = tuple(groups[name] for name in ("flag", "name", "beside") if name in groups)
    if refusal and refusal.where and refusal.cause == "flag-missing":
        flags = (refusal.where.field.lstrip("-"),)
    if flags and where.path == pod.path:
        return Cause(row.id, says, row.advice, where.path, where.line, log, (), flags)
    missing = pod.node_path(groups["path"]).node_path if "path" in groups else None
    chain = tuple(dict.fromkeys((pod.path, where.path, *places.files, *([missing] if missing else ()))))
    return Cause(row.id, says, row.advice, where.path, where.line, log, chain)


def _etcd_flags(evidence: Evidence, pod: StaticPod, text: str) -> Cause:
    line = next((pod.flags[name][-1].line for name in _ETCD_FLAGS if name in pod.flags), pod.line("command"))
    files = [pod.node_path(flag.value).node_path for name in _ETCD_FILES if (flag := pod.flag(name))]
    chain = (f"{MANIFESTS}/etcd.yaml", *(path for path in files if path))
    cause = Cause(ETCD.id, ETCD.says, ETCD.advice, pod.path, line, shown_log(text), chain, _ETCD_FLAGS)
    return _beyond(evidence, cause)


def from_etcd(evidence: Evidence, text: str = "") -> Cause | None:
    """That the kubelet runs no etcd, without which no API server gets ready."""
    try:
        problem = load_pod(evidence, "etcd").refused
    except PodProblem as found:
        problem = found
    if problem is None:
        return None
    says, chain = f"{ETCD.says}: {problem.reason}", (problem.path, f"{MANIFESTS}/etcd.yaml")
    return Cause(ETCD.id, says, ETCD.advice, problem.path, problem.line, shown_log(text), chain)


def _other(evidence: Evidence, pod: StaticPod, text: str) -> Cause:
    """What no row knows, in the API server's own words; where it names a flag, there."""
    named = tuple(dict.fromkeys(_FLAG_IN_TEXT.findall(text[:MAX_LINE])))
    setting = next((pod.flags[name][-1] for name in named if name in pod.flags), None)
    line = setting.line if setting else pod.line("command")
    says, log = f"{OTHER.says}: {shown_log(text)}", shown_log(text)
    cause = Cause(OTHER.id, says, OTHER.advice, pod.path, line, log, (), named)
    return cause if setting else _beyond(evidence, cause)


def unexplained(evidence: Evidence, pod: StaticPod) -> Cause | None:
    """What can keep an API server from being ready without a word of it in a log."""
    cause = _beyond(evidence, Cause("unexplained", "no log says why", OTHER.advice, pod.path))
    return cause if cause.own else None


def _beyond(evidence: Evidence, cause: Cause) -> Cause:
    """The same cause, or what the learner changed beyond the task as what is behind it."""
    setting = beyond_the_task(evidence)
    if setting is None:
        return cause
    says = f"{cause.explanation}; {setting.name} is not as it was at the start, which the task does not ask for"
    return replace(cause, explanation=says, advice="Put it back as it was.", line=setting.line, own=True)
