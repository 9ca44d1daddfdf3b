"""The step that edits a YAML file of the node in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ckslab.cluster.node.files import NodeFiles
from ckslab.scenario.actions import Edit, Step
from ckslab.steps.file_steps import IDLE, read_text
from ckslab.steps.round_trip import EditableYaml, EditError
from ckslab.steps.value_edit import ValueEditError, append_value, remove_value, set_value


def edit_file(step: Step, action: Edit, files: NodeFiles) -> None:
    """Play the step: removals, then settings, then additions."""
    with editing(step, files, action.edit) as root:
        edit_values(root, action.remove, action.set, action.append)


def edit_values(
    root: Any, remove: Sequence[str], setting: Mapping[str, Any], append: Mapping[str, Any]
) -> None:
    """Edit values by their paths; ValueEditError for the first that is not there or changes nothing."""
    for path in remove:
        remove_value(root, path)
    for path, value in setting.items():
        set_value(root, path, value)
    for path, value in append.items():
        append_value(root, path, value)


@contextmanager
def editing(step: Step, files: NodeFiles, path: str) -> Iterator[Any]:
    """The root of a YAML file, written back afterwards; what cannot be edited is the step's error."""
    before = read_text(step, files, path)
    try:
        document = EditableYaml(before)
        yield document.root
        after = document.text()
    except EditError as error:
        raise step.error(
            f"{path} cannot be edited as YAML: {error}", advice="Use `replace` or `write`."
        ) from None
    except ValueEditError as error:
        raise step.error(f"{path}: {error}") from None
    if after == before:
        raise step.error(f"{IDLE} in {path}")
    files.write(path, after.encode("utf-8"))
