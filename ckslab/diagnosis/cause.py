"""Why the API server is down: the log line, the file and the line behind it, and what to do."""

from __future__ import annotations

from ckslab.diagnosis.injected_fault import matches_injected_fault
from ckslab.diagnosis.kubelet_cause import MANIFEST, from_host_paths, from_kubelet, no_kubelet
from ckslab.diagnosis.learners_own import learners_own
from ckslab.diagnosis.log_cause import from_etcd, from_log, unexplained
from ckslab.diagnosis.named import Cause, shown_log
from ckslab.diagnosis.node_files import load_pod
from ckslab.evidence import Evidence, NotAvailable
from ckslab.kubernetes.klog import message
from ckslab.kubernetes.static_pod.manifest import API_SERVER, MANIFESTS, PodProblem
from ckslab.kubernetes.v1_35.kubelet_messages import manifest_words
from ckslab.needs.api_server import ApiServerFact, ApiServerNeed
from ckslab.needs.files import FolderNeed


def down_cause(evidence: Evidence) -> Cause | None:
    """The cause, if logs and files name one that is the learner's to repair; None otherwise.

    The learner's: one of the files or flags that lead to it differs from how the lab began, or a setting that no
    log names and no task asks for (see `beyond_the_task`), or the lab's seed planted it. Everything else is the
    lab's own trouble, for which nobody loses points.
    """
    cause = named_cause(evidence)
    if cause is None:
        return None
    own = cause.own or learners_own(evidence, cause.chain, cause.flags)
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
    return (
        from_host_paths(evidence, pod, server)
        or from_kubelet(pod, server)
        or from_log(evidence, pod, server)
        or from_etcd(evidence)
        or no_kubelet(server)
        or unexplained(evidence, pod)
    )


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
