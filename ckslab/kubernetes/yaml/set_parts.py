"""What somebody has set in an API object, apart from what Kubernetes writes into it by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FILLED_IN = {"Pod": "nodeName", "PersistentVolumeClaim": "volumeName"}
"""A field of `spec` that the control plane fills in after an object was made: the scheduler, the volume binder."""

_OWN = ("kubernetes.io", "k8s.io")
"""Domains of annotations that the cluster and kubectl keep for themselves: deployment.kubernetes.io/revision."""


def set_parts(item: Mapping[str, Any]) -> dict[str, Any]:
    """Path -> value: labels and annotations each, the fields of `spec` each, and whatever stands beside them.

    Left out are status, the rest of metadata, the cluster's own annotations, and what the control plane fills in.
    """
    metadata = _mapping(item.get("metadata"))
    parts = {f"metadata.labels.{key}": value for key, value in _mapping(metadata.get("labels")).items()}
    for key, value in _mapping(metadata.get("annotations")).items():
        if not key.split("/")[0].endswith(_OWN):
            parts[f"metadata.annotations.{key}"] = value
    for key, value in item.items():
        if key == "spec" and isinstance(value, Mapping):
            filled_in = FILLED_IN.get(str(item.get("kind")))
            parts |= {f"spec.{name}": one for name, one in value.items() if name != filled_in}
        elif key not in ("apiVersion", "kind", "metadata", "status"):
            parts[key] = value
    return parts


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
