"""The snapshot of a lab's cluster: the node's files and etcd's data as kind made them, kept on this machine.

Kept in the lab's folder, not on the node: nothing that a learner does there can change what `reset` brings back.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

from ckslab.cluster.kind.node import KindNode
from ckslab.cluster.node.image_names import stored_names
from ckslab.errors import LabError

FILE = "golden.tgz"
"""In the lab's folder; ckslab 0.1.0 calls it so."""

IMAGES = "/etc/ckslab/images"
"""On the node, and in its snapshot: the names in its store as they were then, each with its digest."""


def save(node: KindNode, folder: Path) -> None:
    """Keep the snapshot of a cluster that kind has just made."""
    done = node.run(["/bin/sh", "/lab/bin/save.sh"], timeout=90.0)
    if done.returncode:
        said = done.stderr.decode(errors="replace")[-2000:]
        raise LabError("the new cluster's state could not be kept", details=said)
    path = folder / FILE
    temporary = folder / f"{FILE}.new"
    temporary.touch(mode=0o600)
    temporary.write_bytes(done.stdout)
    temporary.replace(path)


def there(folder: Path) -> bool:
    """Whether a snapshot is kept."""
    return (folder / FILE).exists()


def read(folder: Path, path: str) -> bytes | None:
    """A file of the snapshot, None where there is no regular file."""
    with tarfile.open(folder / FILE, "r:gz") as tar:
        try:
            held = tar.extractfile(path.lstrip("/"))
        except KeyError:
            return None
        return held.read() if held else None


def refuse_lost_images(node: KindNode) -> None:
    """LabError where an image of the node's store is not there any more: its files are in no snapshot."""
    kept = node.run(["cat", IMAGES]).stdout.decode(errors="replace")
    known = stored_names(node)
    lost = [
        name for name, _, digest in (line.partition(" ") for line in kept.splitlines()) if known.get(name) != digest
    ]
    if lost:
        raise LabError("images of the cluster were removed from its node", details="\n".join(lost))
