"""The files of a running lab's node, as the learner edits them, and whether any has changed."""

from __future__ import annotations

import hashlib

from ckslab.cluster.node.live_files import LiveFiles
from ckslab.lab.model import RunningLab

WATCHED = "etc/kubernetes opt root etc/hosts run/ckslab/starts.json"
"""The last is where the API server's starts are recorded: what it has read decides, too."""

SCRIPT = f"cd / && find {WATCHED} -xdev -type f -size -1025k -printf '%p %s %C@\\n' 2>/dev/null | sort"


def read_file(running: RunningLab, path: str) -> bytes | None:
    """A node file's content, None where there is none."""
    return LiveFiles(running.node).read(path)


def write_file(running: RunningLab, path: str, data: bytes) -> None:
    """Replace a node file as a whole, by rename; mode and owner are kept."""
    LiveFiles(running.node).write(path, data)


def fingerprint(running: RunningLab) -> str:
    """Differs whenever a file of the node that a learner works on was written, or the API server was started."""
    return hashlib.sha256(running.node.run(["/bin/sh", "-c", SCRIPT]).stdout).hexdigest()
