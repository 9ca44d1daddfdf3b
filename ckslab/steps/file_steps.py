"""Steps on files of the node: write, replace a text, copy, remove, write checksums, edit YAML in place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ckslab.cluster.node.files import NodeFiles
from ckslab.scenario.actions import Checksums, Copy, Edit, Remove, Replace, Step, Write
from ckslab.steps.yaml_edit import EditableYaml, EditError, ValueEditError, append_value, remove_value, set_value

IDLE = "changes nothing"


def _read(step: Step, files: NodeFiles, path: str) -> bytes:
    """The content of a file that the step needs."""
    data = files.read(path)
    if data is None:
        raise step.error(
            f"there is no file {path} on the node", advice="Let an earlier step or the set-up write it."
        )
    return data


def _read_text(step: Step, files: NodeFiles, path: str) -> str:
    """The text of a file that the step needs."""
    try:
        return _read(step, files, path).decode("utf-8")
    except UnicodeDecodeError:
        raise step.error(f"{path} is not UTF-8 text") from None


def write(step: Step, action: Write, files: NodeFiles) -> None:
    """Write a file. With a mode given, the same content again is no idle step."""
    data = (action.content or "").encode("utf-8")
    if action.padding is not None:
        data += hashlib.shake_256(action.padding.of.encode("utf-8")).digest(action.padding.bytes)
    if action.mode is None and files.read(action.write) == data:
        raise step.error(f"{IDLE}: {action.write} already has this content")
    files.write(action.write, data, _bits(action.mode))


def replace(step: Step, action: Replace, files: NodeFiles) -> None:
    """Replace the one place where a text stands."""
    text = _read_text(step, files, action.replace)
    found = text.count(action.old)
    if found != 1:
        where = "does not stand" if not found else f"stands {found} times"
        raise step.error(f"the old text {where} in {action.replace}: {action.old[:80]!r}")
    if action.old == action.new:
        raise step.error(f"{IDLE}: old and new are the same")
    files.write(action.replace, text.replace(action.old, action.new).encode("utf-8"))


def copy(step: Step, action: Copy, files: NodeFiles) -> None:
    """Copy files; the targets get 0644 or the mode given, unless they are there already."""
    for source, target in action.pairs:
        data = _read(step, files, source)
        if action.mode is None and files.read(target) == data:
            raise step.error(f"{IDLE}: {target} is already the same as {source}")
        files.write(target, data, _bits(action.mode))


def remove(step: Step, action: Remove, files: NodeFiles) -> None:
    """Remove files that are there."""
    for path in action.remove:
        if files.read(path) is None:
            raise step.error(f"{IDLE}: there is no file {path} on the node")
        files.remove(path)


def checksums(step: Step, action: Checksums, files: NodeFiles) -> None:
    """Write the sums of files that are there."""
    if unknown := next((path for path in action.nearly_right if path not in action.of), None):
        raise step.error(f"nearly-right names {unknown}, which is not in `of`")
    lines = []
    for path in action.of:
        digest = hashlib.new(action.algorithm, _read(step, files, path)).hexdigest()
        if path in action.nearly_right:
            digest = f"{digest[:-1]}{int(digest[-1], 16) ^ 8:x}"
        lines.append(f"{digest}  {path.rpartition('/')[2]}\n")
    data = "".join(lines).encode("utf-8")
    if files.read(action.checksums) == data:
        raise step.error(f"{IDLE}: {action.checksums} already has these sums")
    files.write(action.checksums, data)


def edit_file(step: Step, action: Edit, files: NodeFiles) -> None:
    """Play the step: removals, then settings, then additions."""
    with editing(step, files, action.edit) as root:
        edit_values(root, action.remove, action.set, action.append)


def edit_values(root: Any, removing: Sequence[str], setting: Mapping[str, Any], append: Mapping[str, Any]) -> None:
    """Edit values by their paths; ValueEditError for the first that is not there or changes nothing."""
    for path in removing:
        remove_value(root, path)
    for path, value in setting.items():
        set_value(root, path, value)
    for path, value in append.items():
        append_value(root, path, value)


@contextmanager
def editing(step: Step, files: NodeFiles, path: str) -> Iterator[Any]:
    """The root of a YAML file, written back afterwards; what cannot be edited is the step's error."""
    before = _read_text(step, files, path)
    try:
        document = EditableYaml(before)
        yield document.root
        after = document.text()
    except EditError as error:
        raise step.error(f"{path} cannot be edited as YAML: {error}", advice="Use `replace` or `write`.") from None
    except ValueEditError as error:
        raise step.error(f"{path}: {error}") from None
    if after == before:
        raise step.error(f"{IDLE} in {path}")
    files.write(path, after.encode("utf-8"))


def _bits(mode: str | None) -> int | None:
    return None if mode is None else int(mode, 8)
