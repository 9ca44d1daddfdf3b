"""What somebody has set in an API object, apart from what Kubernetes writes into it by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

FILLED_IN = {"Pod": "nodeName", "PersistentVolumeClaim": "volumeName"}
"""A field of `spec` that the control plane fills in after an object was made: the scheduler, the volume binder."""

_OWN = ("kubernetes.io", "k8s.io")
"""Domains that the cluster and kubectl keep for themselves: deployment.kubernetes.io/revision."""

_SEQUENCES = ("initContainers",)
"""Lists of named items that do something else in another order (env, which may name what stands above, does not
change by that what it was)."""


def set_parts(item: Mapping[str, Any], kind: str, *, in_order: bool = True) -> dict[str, Any]:
    """Path -> value: labels, annotations and finalizers, and each value of `spec` and of whatever stands beside it.

    Left out are status, the rest of metadata, what the cluster itself annotates, and what the control plane fills
    in. Items of a list that have names are told apart by these. in_order: whether their order is a value, too.
    """
    metadata = _mapping(item.get("metadata"))
    parts = {f"metadata.labels.{key}": value for key, value in _mapping(metadata.get("labels")).items()}
    for key, value in _mapping(metadata.get("annotations")).items():
        if not _is_own(key):
            parts[f"metadata.annotations.{key}"] = value
    if held := [one for one in metadata.get("finalizers") or () if "/" in str(one) and not _is_own(one)]:
        parts["metadata.finalizers"] = held
    for key, value in item.items():
        if key == "spec" and isinstance(value, Mapping):
            filled_in = FILLED_IN.get(kind)
            parts |= _values({name: one for name, one in value.items() if name != filled_in}, key, in_order)
        elif key not in ("apiVersion", "kind", "metadata", "status"):
            parts |= _values(value, key, in_order)
    return parts


def _is_own(key: str) -> bool:
    domain = key.split("/")[0]
    return any(domain == own or domain.endswith(f".{own}") for own in _OWN)


def _values(value: Any, path: str, in_order: bool) -> Iterator[tuple[str, Any]]:
    """Each value that has no parts, with its path; a list counts as one unless its items have names."""
    if value is None:
        return
    if isinstance(value, Mapping) and value:
        for key, one in value.items():
            yield from _values(one, f'{path}["{key}"]' if "." in key else f"{path}.{key}", in_order)
    elif names := _names(value):
        ordered = in_order or path.endswith(_SEQUENCES)
        yield f"{path}[*].name", names if ordered else sorted(names)
        for name, one in zip(names, value, strict=True):
            rest = {key: each for key, each in one.items() if key != "name"}
            yield from _values(rest, f"{path}[name={name}]", in_order)
    else:
        yield path, value


def _names(value: Any) -> list[str]:
    """The names of a list's items, where each has one of its own."""
    items = value if isinstance(value, list | tuple) else ()
    names = [one.get("name") for one in items if isinstance(one, Mapping)]
    texts = [name for name in names if isinstance(name, str)]
    return texts if len(set(texts)) == len(items) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
