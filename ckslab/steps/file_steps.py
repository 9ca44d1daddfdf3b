"""Whole files: write, replace a text, copy, remove."""

from __future__ import annotations

from ckslab.cluster.node.files import NodeFiles
from ckslab.scenario.actions import Copy, Remove, Replace, Step, Write

IDLE = "changes nothing"


def read(step: Step, files: NodeFiles, path: str) -> bytes:
    """The content of a file that the step needs."""
    data = files.read(path)
    if data is None:
        raise step.error(
            f"there is no file {path} on the node", advice="Let an earlier step or the set-up write it."
        )
    return data


def read_text(step: Step, files: NodeFiles, path: str) -> str:
    """The text of a file that the step needs."""
    try:
        return read(step, files, path).decode("utf-8")
    except UnicodeDecodeError:
        raise step.error(f"{path} is not UTF-8 text") from None


def write(step: Step, action: Write, files: NodeFiles) -> None:
    """Write a file. With a mode given, the same content again is no idle step."""
    data = (action.content or "").encode("utf-8")
    if action.mode is None and files.read(action.write) == data:
        raise step.error(f"{IDLE}: {action.write} already has this content")
    files.write(action.write, data, _bits(action.mode))


def replace(step: Step, action: Replace, files: NodeFiles) -> None:
    """Replace the one place where a text stands."""
    text = read_text(step, files, action.replace)
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
        data = read(step, files, source)
        if action.mode is None and files.read(target) == data:
            raise step.error(f"{IDLE}: {target} is already the same as {source}")
        files.write(target, data, _bits(action.mode))


def remove(step: Step, action: Remove, files: NodeFiles) -> None:
    """Remove files that are there."""
    for path in action.remove:
        if files.read(path) is None:
            raise step.error(f"{IDLE}: there is no file {path} on the node")
        files.remove(path)


def _bits(mode: str | None) -> int | None:
    return None if mode is None else int(mode, 8)
