"""Scan an image on a node, where its bytes are, or where Trivy is: with a database and a cache that no learner has.

What comes back is the word of a node, and so is read as a stranger's.
"""

from __future__ import annotations

from collections.abc import Sequence

from ckslab.cluster.backend import Node, NodeFile
from ckslab.cluster.node import network
from ckslab.cluster.node.conf import tar_of
from ckslab.errors import LabError
from ckslab.scanning import database
from ckslab.scanning.report import ScanReport, read_report

SECONDS = 180.0
"""A scan takes one; the first one of an image of 100 MB has taken 16 on a busy machine."""

MAX_REPORT = 8 << 20
"""Bytes; the report on kube-apiserver's image has 72 000."""

SCRIPT = f"""
umask 077
mkdir -p /var/lib/ckslab && place=$(mktemp -d /var/lib/ckslab/scan.XXXXXX) || exit 1
trap 'rm -rf "$place"' EXIT
cd "$place" && mkdir tmp && tar -x || exit 1
env -i HOME="$place" TMPDIR="$place/tmp" \\
    CONTAINERD_NAMESPACE=k8s.io CONTAINERD_ADDRESS={network.CONTAINERD_SOCKET} \\
    /lab/bin/trivy "$@"
"""
"""Where no trivy.yaml and no .trivyignore lie, without the variables of a learner."""

WORDS = (
    *("image", "--scanners", "vuln", "--format", "json", "--quiet"),
    *("--cache-dir", "cache", "--offline-scan", "--skip-db-update", "--skip-java-db-update"),
    *("--skip-version-check", "--disable-telemetry"),
)
"""Of vulnerabilities alone: no one is asked about the rest of what Trivy looks for."""

IMAGE = "image.tar"
"""Where an image of ours lies meanwhile."""


def scan_stored(node: Node, name: str) -> ScanReport:
    """What Trivy and the lab's database find in the image that the node's store knows by this name.

    LabError where the node has no such image or no Trivy, or its answer makes no sense; TookTooLong.
    """
    return _scan(node, name, ["--image-src", "containerd", name])


def scan_archive(node: Node, path: str) -> ScanReport:
    """The same for an archive that lies on the node."""
    return _scan(node, path, ["--input", path])


def scan_given(node: Node, archive: bytes, name: str) -> ScanReport:
    """The same for an archive that the node has not, and will not have. name: for messages."""
    return _scan(node, name, ["--input", IMAGE], archive)


def _scan(node: Node, name: str, words: Sequence[str], archive: bytes | None = None) -> ScanReport:
    files = [NodeFile(f"/cache/{path}", data) for path, data in database.cache_files().items()]
    if archive is not None:
        files.append(NodeFile(f"/{IMAGE}", archive))
    argv = ["/bin/sh", "-c", SCRIPT, "sh", *WORDS, *words]
    done = node.run(argv, stdin=tar_of(files), timeout=SECONDS)
    if done.returncode or len(done.stdout) > MAX_REPORT:
        details = done.stderr.decode(errors="replace")[-1000:]
        raise LabError(f"the image {name} cannot be scanned on the node", details=details)
    report = read_report(done.stdout.decode(errors="replace"))
    if isinstance(report, str):
        raise LabError(f"the node's scan of {name} cannot be read: it is {report}")
    return report
