"""The Kubernetes that labs run and whose behaviour is graded; what depends on its minor is in v1_35."""

from __future__ import annotations

KUBERNETES = "v1.35.4"
ETCD_IMAGE = "registry.k8s.io/etcd:3.6.6-0"
"""The etcd of kubeadm v1.35."""
PAUSE_IMAGE = "registry.k8s.io/pause:3.10.1"
"""The sandbox image of kubeadm v1.35."""


def minor(version: str) -> str:
    """The minor of a version as Kubernetes writes it: "v1.35" of "v1.35.4" or "1.35.4-rc.0"; "" if it is none."""
    major, _, rest = version.strip().removeprefix("v").partition(".")
    number = rest.partition(".")[0]
    return f"v{major}.{number}" if major.isdecimal() and number.isdecimal() else ""


MINOR = minor(KUBERNETES)
"""What every node's Kubernetes has to be of."""
