"""What a check says when it needs an API server that does not serve."""

from __future__ import annotations

from contextlib import suppress

from ckslab.diagnosis.cause import down_cause
from ckslab.evidence import CheckType, Evidence, Finding, NotAvailable, Where, failed, undecided
from ckslab.evidence.check import P


def judged(check: CheckType[P], params: P, evidence: Evidence) -> Finding:
    """The verdict of a check, also where a fact that it reads is not available.

    Where only the API server keeps the fact away: a fail if a cause is named that the learner can repair.
    """
    try:
        return check.judge(params, evidence)
    except NotAvailable as gone:
        unavailable = gone.unavailable
    if unavailable.api_down:
        with suppress(NotAvailable):
            return api_down(evidence, check.expected(params), unavailable.reason)
    return Finding("unknown", observed=unavailable.reason, not_applicable=unavailable.not_applicable)


def api_down(evidence: Evidence, expected: str, reason: str) -> Finding:
    """A fail if a cause that the learner can repair is named, else unknown for `reason`."""
    cause = down_cause(evidence)
    if cause is None:
        return undecided(reason)
    seen = f"the API server is down: {cause.explanation}"
    return failed(expected, seen, Where(cause.path, cause.line), cause.advice, log=cause.log)
