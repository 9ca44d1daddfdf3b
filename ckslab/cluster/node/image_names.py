"""Images in a node's store are known by name@digest, too, as a pull leaves them: an archive gives them a tag alone.

So a manifest may name an image by its digest, and a Pod's status (`imageID`) tells it. The store is containerd's,
in the namespace of the kubelet's images; `ctr images ls` prints REF TYPE DIGEST and more, a line each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ckslab.cluster.backend import Node
from ckslab.cluster.node.commands import check_run
from ckslab.errors import LabError
from ckslab.kubernetes.image_reference import parse_image_reference
from ckslab.text_lines import lines_of

IMAGES = ("ctr", "--namespace", "k8s.io", "images")

TAG = """
while read -r from to; do ctr --namespace k8s.io images tag "$from" "$to" >/dev/null || exit 1; done
"""


def name_by_digest(node: Node, references: Collection[str] | None = None) -> None:
    """Have each image that has a tag known by name@digest as well; references: only these, all unless given.

    A name that is there stays. LabError when the store does not answer.
    """
    known = stored_names(node)
    wanted = missing_names(known)
    lines = [f"{of} {name}\n" for name, of in wanted.items() if references is None or of in references]
    if lines:
        check_run(node, ["/bin/sh", "-c", TAG], 60, stdin="".join(lines).encode())


def stored_names(node: Node) -> dict[str, str]:
    """The names in the store, each with the digest of what it leads to."""
    done = node.run([*IMAGES, "ls"], timeout=30)
    if done.returncode:
        raise LabError("the node's images cannot be listed", details=done.stderr.decode(errors="replace")[-500:])
    return names_in(done.stdout.decode(errors="replace"))


def names_in(listing: str) -> dict[str, str]:
    """Name -> digest, of what `ctr images ls` prints; its first line is the columns' names."""
    rows = (line.split() for line in lines_of(listing)[1:])
    return {row[0]: row[2] for row in rows if len(row) > 2}


def missing_names(known: Mapping[str, str]) -> dict[str, str]:
    """name@digest -> the name with a tag that has the same image, of those that are not known yet."""
    found: dict[str, str] = {}
    for name, digest in known.items():
        parsed = parse_image_reference(name)
        if parsed is None or not parsed.tag or parsed.digest or name.startswith("sha256:"):
            continue  # an image's ID, or a name by digest already
        by_digest = f"{parsed.registry}/{parsed.repository}@{digest}"
        if by_digest not in known:
            found[by_digest] = name
    return found
