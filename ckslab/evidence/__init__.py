"""What is known of a lab as facts that answer needs, and the contract of a check that judges them."""

from ckslab.evidence.check import CheckType, Finding, Outcome, Params, failed, passed, undecided
from ckslab.evidence.evidence import Evidence, NotAvailable, NotCollected
from ckslab.evidence.fault import fault
from ckslab.evidence.need import Collect, Fact, Need, Unavailable
from ckslab.kubernetes.node_file import MAX_FILE_BYTES, FileFact, FolderFact, Where

__all__ = [
    "MAX_FILE_BYTES",
    "CheckType",
    "Collect",
    "Evidence",
    "Fact",
    "FileFact",
    "Finding",
    "FolderFact",
    "Need",
    "NotAvailable",
    "NotCollected",
    "Outcome",
    "Params",
    "Unavailable",
    "Where",
    "failed",
    "fault",
    "passed",
    "undecided",
]
