"""What a command finds in a node, however it is entered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

TRUST = "/etc/ckslab/trust"
"""Certificates of authorities that the node's own Go programs trust beside the machine's: the lab's registries'."""

ENVIRONMENT = {
    "PATH": "/lab/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "KUBECONFIG": "/root/.kube/config",
    "LANG": "C.UTF-8",
    "SSL_CERT_DIR": f"{TRUST}:/etc/ssl/certs",
}

FILE = "environment.json"
"""In a lab's folder: the variables that commands on its node have beside these."""


def keep_environment(folder: Path, more: Mapping[str, str]) -> None:
    """What the node of the lab in `folder` has more; called where the node is made."""
    (folder / FILE).write_text(json.dumps(dict(more)))


def environment_of(folder: Path) -> dict[str, str]:
    """What a command on the node of the lab in `folder` finds; a lab of an older ckslab kept nothing."""
    path = folder / FILE
    more: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return {**ENVIRONMENT, **more}


def at_home(argv: Sequence[str]) -> list[str]:
    """The command, run in root's home: that is there only once the node is entered."""
    return ["/bin/sh", "-c", 'cd /root 2>/dev/null; exec "$@"', "sh", *argv]
