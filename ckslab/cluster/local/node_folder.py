"""The folder of a node that belongs to the node's root, and the end of what runs in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ckslab.cluster.local import launch
from ckslab.cluster.local.namespace import idmap, userns
from ckslab.cluster.local.running_nodes import nodes_of


def new_node_folder(folder: Path, ids: idmap.IdMap) -> None:
    """An empty folder/node that belongs to the node's root."""
    node = folder / "node"
    node.mkdir()
    if os.geteuid() == 0:
        os.chown(node, ids.uids[0][1], ids.gids[0][1])


def remove_node(folder: Path, ids: idmap.IdMap) -> None:
    """Stop the node of `folder` and remove the folder with all that belongs to other ids."""
    if not folder.exists():
        return
    stop_node(folder)
    if (folder / "node").exists():
        script = 'cd "$1" && find . -mindepth 1 -maxdepth 1 -exec rm -rf {} +'
        userns.shell(script, [folder / "node"], [], ids.wide(), what="removing the node's files")
    shutil.rmtree(folder)


def stop_node(folder: Path, grace: float = 4.0) -> None:
    """End the node of `folder`, killed after `grace` seconds; nothing running is no error.

    The folder itself may be gone. A relay ends with the node that it is tethered to.
    """
    record = launch.read_record(folder)
    if record is not None:
        record.init.end(grace)
        if record.relay is not None:
            record.relay.end(grace=0.5)
    for lost in nodes_of(folder):  # of an earlier folder of that name
        lost.end(grace)
    launch.record_path(folder).unlink(missing_ok=True)
