"""What a command finds in a node, however it is entered."""

from __future__ import annotations

from collections.abc import Sequence

TRUST = "/etc/ckslab/trust"
"""Certificates of authorities that the node's own Go programs trust beside the machine's: the lab's registries'."""

ENVIRONMENT = {
    "PATH": "/lab/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "KUBECONFIG": "/root/.kube/config",
    "LANG": "C.UTF-8",
    "SSL_CERT_DIR": f"{TRUST}:/etc/ssl/certs",
}


def at_home(argv: Sequence[str]) -> list[str]:
    """The command, run in root's home: that is there only once the node is entered."""
    return ["/bin/sh", "-c", 'cd /root 2>/dev/null; exec "$@"', "sh", *argv]
