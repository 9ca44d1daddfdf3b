"""A file of the solution against the learner's: what is still to be done, as a unified diff within bounds."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field

from ckslab.evidence import FileFact
from ckslab.kubernetes.node_file import kind_text
from ckslab.lab.review.excerpt import cut
from ckslab.lab.review.private_keys import without_private_keys
from ckslab.lab.review.solved import SolvedFile
from ckslab.store.review import FileChange

MAX_LINES = 1500
"""Of each side: `difflib` compares that many in a second at worst."""

CONTEXT = 3


@dataclass(slots=True)
class Room:
    """Lines of diffs that may still be kept of one task: a page of twenty tasks is to stay below 1 MB."""

    lines: int = field(default=500)

    def take(self, wanted: int) -> int:
        """How many of the wanted lines may be kept."""
        given = min(wanted, self.lines)
        self.lines -= given
        return given


def difference(file: SolvedFile, learners: FileFact | None, room: Room) -> FileChange:
    """What is to be done; learners: None where nobody could read it."""
    if learners is None:
        return _unknown(file, "what you had there could not be read")
    if file.data is None:
        if learners.kind == "absent":
            return FileChange(path=file.path, change="same", note="it is removed")
        return FileChange(path=file.path, change="remove")
    if learners.kind not in ("file", "absent"):
        return _unknown(file, f"where the solution has a file, {kind_text(learners)}")
    return _compared(file, file.data, learners, room)


def _compared(file: SolvedFile, data: bytes, learners: FileFact, room: Room) -> FileChange:
    note = _mode(file, learners)
    if learners.kind == "file" and _same(data, learners):
        return FileChange(path=file.path, change="edit" if note else "same", note=note)
    right = _text(data)
    if right is None or (learners.kind == "file" and learners.text is None):
        return _unknown(file, f"it differs, and is no text; the solution's has {len(data)} bytes")
    left = learners.text or ""
    change = "edit" if learners.kind == "file" else "write"
    before, after = (without_private_keys(one, numbered=False).splitlines() for one in (left, right))
    if max(len(before), len(after)) > MAX_LINES:
        return _unknown(file, f"it differs, and is too long to be compared: {len(before)} lines, not {len(after)}")
    lines = [*difflib.unified_diff(before, after, n=CONTEXT, lineterm="")][2:]
    if not lines:
        note = "; ".join(filter(None, ["it differs only in a private key, or in how its lines end", note]))
    kept = room.take(len(lines))
    return FileChange(
        path=file.path,
        change=change,
        diff=tuple(map(cut, lines[:kept])),
        more=len(lines) - kept,
        note=note,
    )


def _same(data: bytes, learners: FileFact) -> bool:
    return learners.text is not None and learners.text.encode() == data


def _mode(file: SolvedFile, learners: FileFact) -> str:
    """That the file's mode is another than a step gives it."""
    if file.mode is None or learners.kind != "file" or learners.mode in (None, file.mode):
        return ""
    return f"its mode is {learners.mode:04o}, the solution's {file.mode:04o}"


def _unknown(file: SolvedFile, why: str) -> FileChange:
    return FileChange(path=file.path, change="unknown", note=why)


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
