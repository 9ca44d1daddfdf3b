"""What is laid for a node, whatever the backend: files over its root, and folders of /lab/conf."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

from ckslab.cluster.backend import NodeFile, NodeService


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
    """Their names in /etc/hosts; what pods and containers reach, too, has the node's own address."""
    return "".join(f"{each.address} {host}\n" for each in services for host in each.hosts)
