"""What a check says when it needs an API server that does not serve."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from ckslab.diagnosis.cause import down_cause, manifest_problem, named_cause
from ckslab.diagnosis.kubelet_cause import MANIFEST, NO_KUBELET
from ckslab.evidence import CheckType, Evidence, Finding, NotAvailable, Unavailable, Where, failed, undecided
from ckslab.evidence.check import P
from ckslab.kubernetes.static_pod.manifest import MANIFESTS
from ckslab.needs.files import FolderNeed

API_SERVER_DOWN = "api-server"
"""The root of what fails because no API server serves."""

_FOLDER = FolderNeed(MANIFESTS)
_NONE = Unavailable("not asked for")


def judged(check: CheckType[P], params: P, evidence: Evidence) -> Finding:
    """The verdict of a check, also where a fact that it reads is not available.

    Where only the API server keeps the fact away: a fail if a cause is named that the learner can repair.
    """
    try:
        return rooted(check.judge(params, evidence), evidence)
    except NotAvailable as gone:
        unavailable = gone.unavailable
    if unavailable.api_down:
        with suppress(NotAvailable):
            return api_down(evidence, check.expected(params), unavailable.reason)
    return Finding("unknown", observed=unavailable.reason, not_applicable=unavailable.not_applicable)


def api_down(evidence: Evidence, expected: str, reason: str) -> Finding:
    """A fail if a cause that the learner is to repair is named, else unknown for `reason`."""
    cause = down_cause(evidence)
    if cause is None:
        named = named_cause(evidence)
        if named and named.kind == NO_KUBELET:
            return replace(undecided(f"{reason}: {named.explanation}"), message=named.advice)
        return undecided(reason)
    seen = f"the API server is down: {cause.explanation}"
    root = MANIFEST if cause.kind == MANIFEST else API_SERVER_DOWN
    return failed(expected, seen, Where(cause.path, cause.line), cause.advice, log=cause.log, root=root)


def rooted(finding: Finding, evidence: Evidence) -> Finding:
    """A finding that says no more than that the manifest cannot be used, marked as such."""
    if finding.outcome != "fail" or finding.root or isinstance(evidence.facts.get(_FOLDER, _NONE), Unavailable):
        return finding
    problem = manifest_problem(evidence)
    return replace(finding, root=MANIFEST) if problem and finding.observed == problem.reason else finding
