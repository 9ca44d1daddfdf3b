"""The exam's own times on a node: it is made without what makes edits quick (see docs/architecture.md)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from ckslab.cluster.backend import NodeFile, NodeSpec

Pristine = Callable[[str], bytes | None]

_QUICK = {
    "/etc/kubernetes/manifests/kube-apiserver.yaml": re.compile(rb"(?m)^  terminationGracePeriodSeconds: .*\n"),
    "/var/lib/kubelet/config.yaml": re.compile(
        rb"(?m)^(#.*\n)?crashLoopBackOff:.*\n( .*\n)*|^(?:fileCheck|sync)Frequency:.*\n"
    ),
}
"""What makes edits quick, by the file that holds it: kubeadm writes none of it, and its defaults are the exam's."""

_MODES = {"/etc/kubernetes/manifests/kube-apiserver.yaml": 0o600}


def slowed(pristine: Pristine) -> Pristine:
    """Files of every node, as one with the exam's times has them."""

    def read(path: str) -> bytes | None:
        data = pristine(path)
        return data if data is None or path not in _QUICK else _QUICK[path].sub(b"", data)

    return read


def with_exam_times(spec: NodeSpec, pristine: Pristine) -> NodeSpec:
    """The node that was planned on `slowed(pristine)`, with the files that nothing else lays on it."""
    planned = {*spec.removed, *(file.path for file in spec.files)}
    more = {path: slowed(pristine)(path) for path in _QUICK if path not in planned}
    files = [NodeFile(path, data, _MODES.get(path, 0o644)) for path, data in more.items() if data is not None]
    return replace(spec, files=(*spec.files, *files), stock=True)
