"""The step that edits a static pod's manifest: flags, arguments, mounts, any other field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ruamel.yaml.comments import CommentedSeq

from ckslab.cluster.node.files import NodeFiles
from ckslab.scenario.actions import Mount, StaticPod, Step
from ckslab.steps.container_flags import add_to_flag, append_arguments, remove_flag, set_flag
from ckslab.steps.file_steps import edit_values, editing
from ckslab.steps.yaml_edit import ValueEditError, editable, same


def edit_static_pod(step: Step, action: StaticPod, files: NodeFiles) -> None:
    """Play the step on the pod's first container."""
    with editing(step, files, action.manifest) as root:
        spec, container = _parts(root)
        for name in action.remove_flag:
            remove_flag(container, name)
        for name, value in action.set_flag.items():
            set_flag(container, name, value)
        for name, values in action.add_to_flag.items():
            add_to_flag(container, name, values)
        append_arguments(container, action.append_arg)
        if action.unmount is not None:
            _unmount(spec, container, action.unmount)
        if action.mount is not None:
            _mount(spec, container, action.mount)
        edit_values(root, action.remove, action.set, action.append)


def _parts(root: Any) -> tuple[Any, Any]:
    spec = root.get("spec") if isinstance(root, dict) else None
    containers = spec.get("containers") if isinstance(spec, dict) else None
    if not isinstance(containers, list) or not containers or not isinstance(containers[0], dict):
        raise ValueEditError("not a pod with a container")
    return spec, containers[0]


def _mount(spec: Any, container: Any, wanted: Mount) -> None:
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


def _unmount(spec: Any, container: Any, path: str) -> None:
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
