"""Start a node's processes, outliving us, and remember them in the lab's folder."""

from __future__ import annotations

import fcntl
import json
import os
import select
import socket
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from ckslab.cluster.backend import RUN
from ckslab.cluster.local import process
from ckslab.cluster.local.namespace import idmap, sandbox, userns
from ckslab.cluster.local.node_programs import NodePrograms
from ckslab.cluster.local.process import Process
from ckslab.cluster.local.running_nodes import VARIABLE, nodes_of
from ckslab.errors import LabError
from ckslab.waiting import polls

BOOT_SECONDS = 30.0
RELAY_SECONDS = 5.0

FIRST = "read -r go && exec /lab/bin/labnode init /lab/conf/init.json </dev/null"
"""What pid 1 does: it waits for our word, and ends when we die before we gave it."""


@dataclass(frozen=True, slots=True)
class Record:
    """What node.json holds: the node's pid 1, the relay to its API server, and the relay's port."""

    init: Process
    relay: Process | None
    port: int


def record_path(folder: Path) -> Path:
    """Where a lab's folder keeps its Record."""
    return folder / "node.json"


def read_record(folder: Path) -> Record | None:
    """The Record of a lab's folder; where it is missing or damaged, one made of the node that runs; else None."""
    try:
        data = json.loads(record_path(folder).read_text())
        relay = data["relay"]
        return Record(Process(**data["init"]), Process(**relay) if relay else None, data["port"])
    except (OSError, ValueError, KeyError, TypeError):
        found = nodes_of(folder)
        return Record(found[0], None, _free_port()) if found else None


def launch(folder: Path, programs: NodePrograms, ids: idmap.IdMap) -> Record:
    """Boot the node in folder/node with folder/conf; its pid 1 runs when this returns.

    node.json is written before pid 1 may begin, so that a kill -9 of ours leaves no unknown node.
    """
    info_out, info_in = os.pipe()
    block_out, block_in = os.pipe()
    bound = userns.BoundPaths()
    node, conf = folder / "node", folder / "conf"
    prefix = sandbox.node_command(programs.bwrap, node, conf, programs.bin, info_in, bound)
    command = [*prefix, "--setenv", VARIABLE, str(folder.resolve()), "--", "/bin/sh", "-c", FIRST]
    try:
        with (folder / "node.log").open("wb") as log:
            userns.start(command, ids, bound=bound, fds=[info_in], stdin=block_out, log=log)
        os.close(info_in)
        info_in = -1
        init = _init_process(info_out, folder)
        record = Record(init, None, _free_port())
        write_record(folder, record)
        os.write(block_in, b"go\n")
        return record
    finally:
        for fd in (info_out, info_in, block_out, block_in):
            if fd >= 0:
                os.close(fd)


def _init_process(info_out: int, folder: Path) -> Process:
    text = b""
    while b"}" not in text:
        ready, _, _ = select.select([info_out], [], [], BOOT_SECONDS)
        chunk = os.read(info_out, 4096) if ready else b""
        if not chunk:
            log = (folder / "node.log").read_text(errors="replace")[-2000:]
            raise LabError("the node's sandbox did not start", details=log, advice="next: ckslab doctor")
        text += chunk
    found = process.of(json.loads(text)["child-pid"])
    if found is None:
        raise LabError("the node ended at once", details=(folder / "node.log").read_text(errors="replace")[-2000:])
    return found


def write_record(folder: Path, record: Record) -> None:
    """Write node.json by rename."""
    temporary = folder / "node.json.new"
    temporary.write_text(json.dumps(asdict(record)))
    temporary.replace(record_path(folder))


def ensure_relay(folder: Path, programs: NodePrograms) -> Record:
    """A relay from a loopback port of this machine to the node's API server; it ends with the node.

    One that runs is kept. Another program may have taken the port meanwhile: the record says which it is now.
    """
    with (folder / "relay.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands that miss it start one
        record = read_record(folder)
        if record is None:
            raise LabError("the lab's node does not run")
        ports = [record.port, *(_free_port() for _ in range(4))]
        while record.relay is None or not record.relay.alive():
            if not ports:
                raise LabError("no relay to the node's API server could be started")
            port = ports.pop(0)
            record = Record(record.init, _start_relay(folder, programs, record.init, port), port)
            write_record(folder, record)
        return record


def _start_relay(folder: Path, programs: NodePrograms, init: Process, port: int) -> Process | None:
    """The relay once it listens; None when it ended."""
    words = [
        str(programs.inside("labnode")),
        "relay",
        "--tether",
        str(init.pid),
        f"tcp:127.0.0.1:{port}",
        "unix:api.sock",
    ]
    started = subprocess.run(
        ["/bin/sh", "-c", 'setsid "$@" >/dev/null 2>&1 </dev/null & echo $!', "relay", *words],
        # a relative path: the limit for unix sockets is 108 bytes
        cwd=folder / "node" / RUN.lstrip("/"),
        stdout=subprocess.PIPE,
        check=True,
    )
    relay = process.of(int(started.stdout))
    if relay is None:
        return None
    for _ in polls(RELAY_SECONDS, every=0.01):
        if not relay.alive():
            return None
        if process.listens(relay.pid, port):
            return relay
    relay.end(grace=0.0)
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
