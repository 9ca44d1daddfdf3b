"""Whether a log line shows a fault that the lab's seed put into it."""

from __future__ import annotations

from ckslab.evidence import Evidence, NotAvailable
from ckslab.matching.pattern import matches
from ckslab.needs.lab import LabNeed


def matches_injected_fault(evidence: Evidence, line: str) -> bool:
    """True if the line matches a signature of one of this lab's faults."""
    if not line:
        return False
    try:
        faults = evidence.of(LabNeed()).faults
    except NotAvailable:
        return False
    return any(matches(signature, line) for fault in faults for signature in fault.signatures)
