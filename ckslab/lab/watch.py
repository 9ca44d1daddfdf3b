"""Whether the files that a lab's checks read have changed."""

from __future__ import annotations

import hashlib

from ckslab.lab.running import running

WATCHED = "etc/kubernetes opt root etc/hosts"

SCRIPT = f"cd / && find {WATCHED} -xdev -type f -size -1025k -printf '%p %s %C@\\n' 2>/dev/null | sort"


def fingerprint(name: str) -> str:
    """Differs whenever a file of the node that a learner works on was written."""
    _, _, node = running(name)
    return hashlib.sha256(node.run(["/bin/sh", "-c", SCRIPT]).stdout).hexdigest()
