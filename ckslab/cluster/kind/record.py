"""kind.json in a lab's folder: which cluster is the lab's, made of what, in which state."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "kind.json"


@dataclass(frozen=True, slots=True)
class Record:
    """cluster: kind's name for it. container: the engine's full id, "" while it is being made. image: of
    ours; base: what it was made from. fresh: nothing of a lab was laid on it yet. layers: keys of what its
    snapshot has beside a plain cluster.
    """

    engine: str
    cluster: str
    container: str
    image: str
    base: str
    fresh: bool
    layers: tuple[str, ...] = ()


def cluster_name(folder: Path) -> str:
    """A name that only the lab in this folder has, short enough for a host name with kind's suffix (63)."""
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:8]
    return f"ckslab-{folder.name[:30].strip('-')}-{digest}"


def lab_folder(cluster: str, labs: Path) -> Path | None:
    """The folder in `labs` of the lab that has this cluster; None: it is of other labs, or its name was cut."""
    name = cluster.removeprefix("ckslab-").rpartition("-")[0]
    return labs / name if name and cluster_name(labs / name) == cluster else None


def read_record(folder: Path) -> Record | None:
    """The record; None where there is none, or a damaged one."""
    try:
        found = json.loads((folder / FILE).read_text())
        # ckslab 0.1.0 named add-ons, which are the key of no layer: such a cluster is made anew by a reset
        layers = found.pop("add_ons", ()) or found.pop("layers", ())
        return Record(**{**found, "layers": tuple(layers)})
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return None


def write_record(folder: Path, record: Record) -> None:
    """Write it by rename."""
    temporary = folder / f"{FILE}.new"
    temporary.write_text(json.dumps(asdict(record)))
    temporary.replace(folder / FILE)


def forget(folder: Path) -> None:
    """Remove the record."""
    (folder / FILE).unlink(missing_ok=True)
