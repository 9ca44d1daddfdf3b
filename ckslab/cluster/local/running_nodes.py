"""The nodes that run on this machine, found by what they are: whatever became of their labs' folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ckslab.cluster.local import process
from ckslab.cluster.local.process import Process

VARIABLE = "CKSLAB_LAB"
"""In the environment of a node's pid 1: the folder of its lab."""

INIT = b"/lab/bin/labnode\0init\0/lab/conf/init.json\0"
"""The command line of a node's pid 1."""


def running_nodes() -> Iterator[tuple[Path, Process]]:
    """The lab's folder, which may be gone, and pid 1 of each node whose processes we may look at."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if (entry / "cmdline").read_bytes() != INIT:
                continue
            environment = (entry / "environ").read_bytes().split(b"\0")
        except OSError:  # it ended meanwhile, or is another user's
            continue
        named = [word.partition(b"=")[2] for word in environment if word.startswith(f"{VARIABLE}=".encode())]
        init = process.of(int(entry.name))
        if named and init is not None:
            yield Path(os.fsdecode(named[0])), init


def nodes_of(folder: Path) -> list[Process]:
    """Pid 1 of the lab's node; more where a folder was lost and made anew."""
    return [init for of, init in running_nodes() if of == folder.resolve()]
