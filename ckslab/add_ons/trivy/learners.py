"""What the learner's Trivy finds on the node: its databases in root's cache, its settings, its completion."""

from __future__ import annotations

from ckslab.cluster.backend import NodeFile
from ckslab.cluster.node import network
from ckslab.scanning import database

CACHE = "/root/.cache/trivy"
"""Where Trivy looks as root, whatever flags it is given but --cache-dir (pkg/utils/fsutils, Trivy 0.74)."""

ENVIRONMENT = {
    # without it Trivy looks among the images of containerd's namespace `default`, and finds none
    "CONTAINERD_NAMESPACE": "k8s.io",
    "CONTAINERD_ADDRESS": network.CONTAINERD_SOCKET,
    # each of these waits for a network, and goes on without: parents of a pom.xml, checks, Trivy's newest version
    "TRIVY_OFFLINE_SCAN": "true",
    "TRIVY_SKIP_CHECK_UPDATE": "true",
    "TRIVY_SKIP_VERSION_CHECK": "true",
    "TRIVY_DISABLE_TELEMETRY": "true",
}
"""Its database is never renewed because it says itself when that is due: TRIVY_SKIP_DB_UPDATE would forbid the
`--download-db-only` that people are taught to begin with."""

COMPLETION = """\
# Trivy writes its completion itself, at the first Tab.
_trivy_completion() {
    unset -f _trivy_completion
    . <(trivy completion bash 2>/dev/null)
    return 124 # bash asks again
}
complete -F _trivy_completion trivy
"""


def files() -> tuple[NodeFile, ...]:
    """Laid for the learner, and the learner's to change; grading has a database of its own."""
    laid = [NodeFile(f"{CACHE}/{path}", data) for path, data in database.cache_files().items()]
    return (*laid, NodeFile("/etc/ckslab/shell.d/trivy.sh", COMPLETION.encode()))
