"""A container's environment as the kubelet makes it, as far as its Pod tells.

Read from k8s.io/kubernetes v1.35.4: makeEnvironmentVariables and podFieldSelectorRuntimeValue of
pkg/kubelet/kubelet_pods.go, and ExtractFieldPathAsString of pkg/fieldpath.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ckslab.kubernetes.static_pod.expansion import Parts, Variable, environment, expand, references
from ckslab.kubernetes.workloads import listed, mapping

_SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['([^']*)'\]")
_LISTS = {"status.hostIPs": "hostIPs", "status.podIPs": "podIPs"}


def mounted_sub_path(mount: Mapping[str, Any], container: Mapping[str, Any], pod: Mapping[str, Any]) -> str | None:
    """Which folder of its volume a running container has at a mount, "" for all of it.

    None where its subPathExpr has a value that is not in the Pod, such as a ConfigMap's.
    """
    expression = mount.get("subPathExpr")
    if not expression:
        return str(mount.get("subPath") or "")
    values = _environment(container, pod)
    parts = expand(str(expression), values)
    known = all(name in values for name in references(str(expression)))
    return parts[0] if known and len(parts) == 1 else None


def _environment(container: Mapping[str, Any], pod: Mapping[str, Any]) -> dict[str, Parts]:
    return environment(_variables(container, pod))


def _variables(container: Mapping[str, Any], pod: Mapping[str, Any]) -> Iterator[Variable]:
    for one in listed(container, "env"):
        name, source = str(one.get("name", "")), mapping(one.get("valueFrom"))
        value = _field(pod, str(mapping(source.get("fieldRef")).get("fieldPath", "")))
        if value is not None:
            yield Variable(name, value.replace("$", "$$"))  # nothing is expanded in it
        else:
            yield Variable(name, str(one.get("value") or ""), sourced=bool(source))


def _field(pod: Mapping[str, Any], path: str) -> str | None:
    """The value of a fieldRef in an environment; None where the Pod has none, or the field is none of those."""
    metadata, spec, status = (mapping(pod.get(key)) for key in ("metadata", "spec", "status"))
    if found := _SUBSCRIPT.fullmatch(path):
        value = mapping(metadata.get(found[1])).get(found[2], "")
    elif path in _LISTS:
        value = ",".join(str(one.get("ip")) for one in listed(status, _LISTS[path])) or None
    else:
        value = {
            "metadata.name": metadata.get("name"),
            "metadata.namespace": metadata.get("namespace"),
            "metadata.uid": metadata.get("uid"),
            "spec.nodeName": spec.get("nodeName"),
            "spec.serviceAccountName": spec.get("serviceAccountName"),
            "status.hostIP": status.get("hostIP"),
            "status.podIP": status.get("podIP"),
        }.get(path)
    return value if isinstance(value, str) else None
