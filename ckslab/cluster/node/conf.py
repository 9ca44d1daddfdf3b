"""What every node sees as /lab/conf, whatever the backend: the lab's services, and all that init runs."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ckslab.cluster.backend import RUN, NodeFile, NodeService, NodeSpec


def tar_of(files: Sequence[NodeFile]) -> bytes:
    """A tar with these files, owned by root, with folders made as needed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for file in files:
            info = tarfile.TarInfo(file.path.lstrip("/"))
            info.size, info.mode = len(file.data), file.mode
            tar.addfile(info, io.BytesIO(file.data))
    return buffer.getvalue()


def write_text(path: Path, text: str) -> None:
    """A file that all on the node may read."""
    path.write_text(text)
    path.chmod(0o644)


def write_services(conf: Path, services: Sequence[NodeService]) -> None:
    """A folder for each service of the lab, with the files that it reads."""
    for each in services:
        folder = conf / each.name
        folder.mkdir()
        for name, data in each.files.items():
            (folder / name).write_bytes(data)
            (folder / name).chmod(0o644)


def host_lines(services: Sequence[NodeService]) -> str:
    """Their names in /etc/hosts: they are reached on the node only."""
    return "".join(f"127.0.0.1 {host}\n" for each in services for host in each.hosts)


def common_services(spec: NodeSpec, *, resolver: str, readyz: str) -> list[dict[str, Any]]:
    """What every node runs, and the lab's services. resolver: where it listens. readyz: what the nudge asks."""
    own_times = ["--stock"] if spec.stock else []
    services = [
        service("resolver", ["labnode", "resolver", "--hosts", "/etc/hosts", "--listen", resolver]),
        service("watch", ["labnode", "watch", "--process", "kube-apiserver", "--out", f"{RUN}/starts.json"]),
        service("nudge", ["labnode", "nudge", "--readyz", readyz, *own_times]),
    ]
    return services + [service(each.name, [*each.argv]) for each in spec.services]


def service(name: str, argv: list[str]) -> dict[str, Any]:
    """A service of init; a program without a path is one of /lab/bin."""
    program = argv[0] if argv[0].startswith("/") else f"/lab/bin/{argv[0]}"
    return {"name": name, "argv": [program, *argv[1:]], "log": f"/var/log/{name}.log"}


def write_init(conf: Path, services: list[dict[str, Any]]) -> None:
    """init.json: boot.sh first, then the services."""
    init = {
        "setup": [["/bin/sh", "/lab/conf/boot.sh"]],
        "services": services,
        "control": f"{RUN}/init.sock",
    }
    write_text(conf / "init.json", json.dumps(init, indent=1))
