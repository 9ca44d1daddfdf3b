"""lab.json: what a lab is, as it was when it was started."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from ckslab import __version__
from ckslab.errors import LabError
from ckslab.store.disk import read_json, write_json

FORMAT = 1
"""Of lab.json and attempt.json: raised when an older ckslab could not use a lab any more."""

FILE = "lab.json"


@dataclass(frozen=True, slots=True)
class LabRecord:
    """One lab. folder: of its scenario. cluster: the backend's name. created_at: RFC 3339 in UTC.

    version: of the ckslab that made it. digest: of its scenario then. kubernetes: its version ("v1.35.4").
    Both are "" in labs that ckslab 0.1.0 made.
    stock: its node has the exam's own times. exam: the id of the exam that it is a task of; sitting: while that is
    not graded, and help would be no exam.
    ready: False while `start` or `reset` still makes the node; a lab that stays so was interrupted.
    """

    name: str
    scenario: str
    folder: Path
    cluster: str
    seed: int
    nonce: str
    created_at: str
    ready: bool = True
    version: str = __version__
    format: int = FORMAT
    digest: str = ""
    kubernetes: str = ""
    stock: bool = False
    exam: str | None = None
    sitting: bool = False

    def made(self, digest: str, kubernetes: str) -> LabRecord:
        """The record of the lab when its node is ready, made by this ckslab of that scenario."""
        return replace(self, ready=True, version=__version__, digest=digest, kubernetes=kubernetes)


def write_record(lab_folder: Path, record: LabRecord) -> None:
    """Keep `record` in the lab's folder; LabError when the disk refuses."""
    write_json(lab_folder / FILE, asdict(record) | {"folder": str(record.folder)})


def read_record(lab_folder: Path) -> LabRecord:
    """The record in a lab's folder.

    LabError: the file is missing or damaged, or of another ckslab; the advice is the way out.
    """
    name = lab_folder.name
    path = lab_folder / FILE
    way_out = f"ckslab stop {name}"
    try:
        content = read_json(path, way_out=way_out)
    except FileNotFoundError as error:
        raise LabError(f"lab {name} was never finished: it has no {FILE}", advice=way_out) from error
    _same_format(name, content)
    try:
        return _record(content)
    except (KeyError, TypeError) as error:
        raise LabError(f"{path}: not the record of a lab ({error})", advice=way_out) from error


def _same_format(name: str, content: dict[str, Any]) -> None:
    found = content.get("format")
    if found == FORMAT:
        return
    age = "a newer" if isinstance(found, int) and found > FORMAT else "an older"
    version = content.get("version", "?")
    raise LabError(
        f"lab {name} was made by {age} ckslab ({version}; this is {__version__})",
        advice=f"use ckslab {version} for it, or start anew: ckslab stop {name}",
    )


_KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "Path": (str,),
    "str | None": (str, type(None)),
}
_NOT_IN_EARLIER = {"digest": "", "kubernetes": "", "stock": False, "exam": None, "sitting": False}


def _record(content: dict[str, Any]) -> LabRecord:
    known: dict[str, Any] = {}
    for field in fields(LabRecord):
        value = content[field.name] if field.name in content else _NOT_IN_EARLIER[field.name]
        if type(value) not in _KINDS[str(field.type)]:
            raise TypeError(f"{field.name}: {value!r}")
        known[field.name] = value
    return LabRecord(**known | {"folder": Path(known["folder"])})
