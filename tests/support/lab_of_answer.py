"""A lab on disk whose node is a folder that holds what an answer left, so that it can be handed in without a node."""

from __future__ import annotations

import hashlib
import io
import json
import shlex
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from ckslab.lab.initial_files import FILE
from ckslab.lab.initial_images import keep
from ckslab.lab.model import Lab, RunningLab
from ckslab.lab.services import write_services
from ckslab.scenario.faults import draw_faults
from ckslab.store.record import LabRecord
from tests.support.answers_on_files import (
    IMAGES,
    NONCE,
    SCENARIOS,
    Drawn,
    Left,
    applied,
    initial_images,
    left_by,
    scenario,
)


class FolderNode:
    """A node whose root is a folder: commands run on this machine, with `/` being that folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, argv: Sequence[str], stdin: bytes = b"", **_: Any) -> subprocess.CompletedProcess[bytes]:
        """A shell script that begins with `cd /`, or a search by labnode."""
        if argv[-1] == "search":
            return subprocess.CompletedProcess(argv, 0, self._searched(json.loads(stdin)), b"")
        script = argv[-1].replace("cd /", f"cd {shlex.quote(str(self.root))}", 1)
        return subprocess.run([*argv[:-1], script], capture_output=True, check=False)

    def _searched(self, asked: dict[str, Any]) -> bytes:
        """What labnode answers."""
        files = sorted(path for path in (self.root / asked["folder"].lstrip("/")).rglob("*") if path.is_file())
        held = {hashlib.sha256(path.read_bytes()).hexdigest(): f"/{path.relative_to(self.root)}" for path in files}
        found = {one["sha256"]: held[one["sha256"]] for one in asked["contents"] if one["sha256"] in held}
        return json.dumps({"found": found, "unread": ""}).encode()


class LabOfFolder(Lab):
    """A lab whose node runs, as far as files count."""

    root = Path("/nowhere")

    def running(self) -> RunningLab:
        """With that node; it has no API server."""
        return RunningLab(self, cast(Any, FolderNode(self.root)), cast(Any, None))

    def hold(self, *_: Any, **__: Any) -> Any:
        """Nobody else works on it."""
        from contextlib import nullcontext

        return nullcontext(self)


def seed_of(name: str, drawn: Drawn) -> int | None:
    """A seed with which a lab of the scenario has these faults; None among the first thousand."""
    faults = scenario(name).faults
    seeds = range(1000)
    return next((one for one in seeds if tuple(fault.id for fault in draw_faults(faults, one)) == drawn), None)


def drawable(name: str, answer: str) -> list[tuple[Drawn, int]]:
    """The draws of which an answer says anything and which a lab may have, each with a seed for it."""
    drawn = ((one, seed_of(name, one)) for one in applied(name, answer))
    return [(one, seed) for one, seed in drawn if seed is not None]


def lab_of(left: Left, seed: int, folder: Path) -> LabOfFolder:
    """A lab in which these files are left; CKSLAB_HOME must be set."""
    made = scenario(left.name)
    record = LabRecord(left.name, left.name, SCENARIOS[left.name], "local", seed, NONCE, "2026-01-01T00:00:00Z")
    lab = LabOfFolder.begin(record.made(made.digest, "v1.35.4"))
    assert isinstance(lab, LabOfFolder)
    lab.root = left.lay(folder)
    write_services(lab.folder, left.services)
    if images := initial_images(left.name):
        keep(lab.folder, {pod: fact.reference for pod, fact in images.items()}, IMAGES)
    with tarfile.open(lab.folder / FILE, "w") as tar:
        for path, data in left.initial.items():
            member = tarfile.TarInfo(path.lstrip("/"))
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return lab


def with_files(left: Left, files: dict[str, bytes]) -> Left:
    """The same with more files."""
    return replace(left, files={**left.files, **files})


__all__ = ["FolderNode", "LabOfFolder", "drawable", "lab_of", "left_by", "seed_of", "with_files"]
