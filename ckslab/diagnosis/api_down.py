"""What a check says when it needs an API server that does not serve."""

from __future__ import annotations

from ckslab.diagnosis.cause import down_cause
from ckslab.evidence import Evidence, Finding, Where, failed, undecided


def api_down(evidence: Evidence, expected: str, reason: str) -> Finding:
    """A fail if a cause that the learner can repair is named, else unknown for `reason`."""
    cause = down_cause(evidence)
    if cause is None:
        return undecided(reason)
    seen = f"the API server is down: {cause.explanation}"
    return failed(expected, seen, Where(cause.path, cause.line), cause.advice, log=cause.log)
