"""The node's files in evidence, as what reads Kubernetes' formats takes them."""

from __future__ import annotations

from ckslab.evidence import Evidence
from ckslab.kubernetes.node_file import Read
from ckslab.kubernetes.static_pod.manifest import MANIFESTS, StaticPod, read_manifests
from ckslab.needs.files import FileNeed, FolderNeed


def node_files(evidence: Evidence) -> Read:
    """Reads node files from evidence; NotCollected and NotAvailable pass through."""
    return lambda path: evidence.of(FileNeed(path))


def load_pod(evidence: Evidence, name: str) -> StaticPod:
    """The static pod from its manifest; PodProblem if there is none."""
    return evidence.once(read_manifests, lambda: read_manifests(evidence.of(FolderNeed(MANIFESTS)))).pod(name)
