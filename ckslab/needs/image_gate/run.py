"""Lay images on the node, run the learner's script on each, and read how that went."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ckslab.cluster.backend import NodeFile
from ckslab.cluster.node.conf import tar_of
from ckslab.errors import LabError
from ckslab.text_lines import lines_of

if TYPE_CHECKING:
    from ckslab.cluster.backend import Node

PROCESSOR_SECONDS = 20
"""Of one run, which a task names; a scan takes one or two. They are the same on a busy machine."""
SECONDS = 60
"""Of one run, whatever it waits for."""
SLOW = 2
"""After so many runs that took longer no further one is begun."""
MARGIN, MARGIN_EACH = 30.0, 5.0
"""Seconds for laying, copying and clearing away, once and for each run."""

SCRIPT = Path(__file__).with_name("run.sh").read_text(encoding="utf-8")

Problem = Literal["absent", "folder", "mode"]
Killed = Literal["time", "processes", "memory", "late", "room"]
PROBLEMS: dict[str, Problem] = {"absent": "absent", "folder": "folder", "mode": "mode"}
KILLED: dict[str, Killed] = {"time": "time", "processes": "processes", "memory": "memory"}
NOT_BEGUN: dict[str, Killed] = {"late": "late", "room": "room"}

_NOT_BEGUN = "|".join(NOT_BEGUN)
_HOW = "|".join(["[0-9]{1,3}", *KILLED, "unbegun"])
_LINE = re.compile(rf"([0-9]{{1,3}}) (?:({_NOT_BEGUN})|({_HOW}) ([A-Za-z0-9+/]{{0,4000}}={{0,2}}))")


@dataclass(frozen=True, slots=True)
class Run:
    """killed: why it was ended, or not begun (late: `SLOW` runs before it took too long; room: those before it left
    none for the image), else code: its exit code. said: the last that it printed.
    """

    code: int = 0
    killed: Killed | None = None
    said: str = ""


def run_script(node: Node, script: str, folder: str, images: Sequence[tuple[str, bytes]]) -> Problem | list[Run]:
    """Run it on each of the images (file name, or path of a file that it covers, and archive), in this order, in a
    folder that is not there else.

    Why it cannot be run, or the runs. LabError where the node cannot do it, or its answer makes no sense;
    TookTooLong.
    """
    laid = tar_of([NodeFile(f"/{number}", data) for number, (_, data) in enumerate(images)])
    names = [name for name, _ in images]
    argv = [
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "/bin/bash",
        "-c",
        SCRIPT,
        "bash",
    ]
    bounds = [script, folder, str(PROCESSOR_SECONDS), str(SECONDS), str(SLOW)]
    timeout = MARGIN + len(images) * (SECONDS + MARGIN_EACH)
    done = node.run([*argv, *bounds, *names], stdin=laid, timeout=timeout)
    said = done.stdout.decode(errors="replace")
    if done.returncode:
        why = done.stderr.decode(errors="replace").strip()[-300:] or f"exit code {done.returncode}"
        raise LabError(f"{script} cannot be tried on this node: {why}")
    if problem := PROBLEMS.get(said.strip()):
        return problem
    lines = lines_of(said)
    if len(lines) != len(images):
        raise LabError(f"the node tells of {len(lines)} runs of {script}, and not of {len(images)}")
    return [_read(script, number, line) for number, line in enumerate(lines)]


def _read(script: str, number: int, line: str) -> Run:
    found = _LINE.fullmatch(line)
    if found is None or int(found[1]) != number:
        raise LabError(f"what the node tells of run {number} of {script} makes no sense")
    not_begun, how, printed = found.groups()[1:]
    if not_begun:
        return Run(killed=NOT_BEGUN[not_begun])
    try:
        said = base64.b64decode(printed, validate=True).decode(errors="replace")
    except binascii.Error as error:
        raise LabError(f"what the node tells of run {number} of {script} makes no sense") from error
    if how in KILLED:
        return Run(killed=KILLED[how], said=said)
    if how == "unbegun":
        raise LabError(f"{script} cannot be begun on this node: {said.strip()[-300:]}")
    return Run(int(how), said=said)
