"""Host paths in a static pod: the volume and the volumeMount go together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ruamel.yaml.comments import CommentedSeq

from ckslab.scenario.actions import Mount
from ckslab.steps.round_trip import editable, same
from ckslab.steps.value_edit import ValueEditError


def mount(spec: Any, container: Any, wanted: Mount) -> None:
    """Add a hostPath volume and its volumeMount; the volume is shared when it is there already."""
    if _mount_at(container, wanted.path) is not None:
        raise ValueEditError(f"something is mounted at {wanted.path} already")
    host_path = {"path": wanted.host_path or wanted.path} | ({"type": wanted.type} if wanted.type else {})
    volume = {"hostPath": host_path, "name": wanted.volume}
    there = next((one for one in _items(spec, "volumes") if one.get("name") == wanted.volume), None)
    if there is None:
        _append(spec, "volumes", volume)
    elif not same(there, volume):
        raise ValueEditError(f"there is another volume {wanted.volume!r}: give the mount a name")
    entry: dict[str, Any] = {"mountPath": wanted.path, "name": wanted.volume}
    if wanted.read_only is not None:
        entry["readOnly"] = wanted.read_only
    _append(container, "volumeMounts", entry)


def unmount(spec: Any, container: Any, path: str) -> None:
    """Remove the volumeMount at `path`, and its volume unless another mount uses it."""
    index = _mount_at(container, path)
    if index is None:
        raise ValueEditError(f"nothing is mounted at {path}")
    name = container["volumeMounts"][index].get("name")
    del container["volumeMounts"][index]
    others = [*_items(spec, "containers"), *_items(spec, "initContainers")]
    if any(one.get("name") == name for other in others for one in _items(other, "volumeMounts")):
        return
    for place, volume in enumerate(spec.get("volumes") or ()):
        if isinstance(volume, dict) and volume.get("name") == name:
            del spec["volumes"][place]
            return


def _mount_at(container: Any, path: str) -> int | None:
    for index, one in enumerate(container.get("volumeMounts") or ()):
        if isinstance(one, dict) and str(one.get("mountPath")).rstrip("/") == path.rstrip("/"):
            return index
    return None


def _items(parent: Any, key: str) -> Iterator[Any]:
    return (one for one in parent.get(key) or () if isinstance(one, dict))


def _append(parent: Any, key: str, value: dict[str, Any]) -> None:
    if not isinstance(parent.get(key), list):
        parent[key] = CommentedSeq()
    parent[key].append(editable(value))
