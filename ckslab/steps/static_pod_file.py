"""The step that edits a static pod's manifest: flags, arguments, mounts, any other field."""

from __future__ import annotations

from typing import Any

from ckslab.cluster.node.files import NodeFiles
from ckslab.scenario.actions import StaticPod, Step
from ckslab.steps.container_flags import add_to_flag, append_arguments, remove_flag, set_flag
from ckslab.steps.container_mounts import mount, unmount
from ckslab.steps.edit_file import edit_values, editing
from ckslab.steps.value_edit import ValueEditError


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
            unmount(spec, container, action.unmount)
        if action.mount is not None:
            mount(spec, container, action.mount)
        edit_values(root, action.remove, action.set, action.append)


def _parts(root: Any) -> tuple[Any, Any]:
    spec = root.get("spec") if isinstance(root, dict) else None
    containers = spec.get("containers") if isinstance(spec, dict) else None
    if not isinstance(containers, list) or not containers or not isinstance(containers[0], dict):
        raise ValueEditError("not a pod with a container")
    return spec, containers[0]
