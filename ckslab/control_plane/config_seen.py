"""Which manifest a static pod is of, in the kubelet's own words: the moment at which it first saw that manifest."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import suppress

from ckslab.cluster.backend import Node
from ckslab.cluster.labnode.answers import instant

SEEN = "kubernetes.io/config.seen"
"""An annotation that the kubelet gives the pod of a manifest, as it gives it the manifest's hash as uid."""

# containerd keeps what the kubelet asked for with the container that is the pod's sandbox, under this name.
METADATA = "io.cri-containerd.sandbox.metadata"

SANDBOXES = """
of="labels.\\"io.kubernetes.pod.uid\\"==$1,labels.\\"io.cri-containerd.kind\\"==sandbox"
for sandbox in $(ctr -n k8s.io containers ls -q "$of"); do ctr -n k8s.io containers info "$sandbox"; done
"""


def config_seen(node: Node, uid: str) -> float | None:
    """When the kubelet first saw the manifest of the static pod with this uid, in seconds since the epoch.

    None where nobody can tell: the pod's sandbox is gone.
    """
    if not uid:
        return None
    done = node.run(["/bin/sh", "-c", SANDBOXES, "sh", uid], timeout=20)
    return max(stamps(done.stdout.decode(errors="replace")), default=None)


def stamps(printed: str) -> Iterator[float]:
    """The moments in what `ctr containers info` prints of sandboxes, one JSON object after the other."""
    decoder = json.JSONDecoder()
    with suppress(ValueError, KeyError, TypeError, RecursionError):  # no sandbox of the kubelet's
        while printed := printed.lstrip():
            sandbox, end = decoder.raw_decode(printed)
            metadata = json.loads(base64.b64decode(sandbox["Extensions"][METADATA]["value"]))
            yield instant(metadata["Metadata"]["Config"]["annotations"][SEEN])
            printed = printed[end:]
