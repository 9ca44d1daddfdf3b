"""What every node sees as /lab/conf, whatever the backend: its scanners, and the services that init runs."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ckslab.cluster.backend import RUN, SCANNER_LOG, NodeFile, ScannerSpec


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


def write_scanner(folder: Path, scanner: ScannerSpec) -> None:
    """Fill the folder of one scanner: its keys, and the configuration that names them as the node sees them."""
    folder.mkdir(exist_ok=True)
    inside = f"/lab/conf/{folder.name}"
    (folder / "server.crt").write_bytes(scanner.certificate)
    (folder / "server.key").write_bytes(scanner.key)
    (folder / "client-ca.crt").write_bytes(scanner.client_ca)
    config = {
        "listen": f"127.0.0.1:{scanner.port}",
        "path": scanner.path,
        "cert": f"{inside}/server.crt",
        "key": f"{inside}/server.key",
        "client_ca": f"{inside}/client-ca.crt",
        "deny": [{"image": image, "reason": reason} for image, reason in scanner.deny],
        "log": f"{SCANNER_LOG}/{scanner.name}.jsonl",
        "control": f"{RUN}/scanner-{scanner.name}.sock",
    }
    write_text(folder / "config.json", json.dumps(config, indent=1))


def common_services(scanners: Sequence[ScannerSpec], *, resolver: str, readyz: str) -> list[dict[str, Any]]:
    """Services that every node has. resolver: where it listens. readyz: what the nudge asks."""
    services = [
        service("resolver", ["labnode", "resolver", "--hosts", "/etc/hosts", "--listen", resolver]),
        service("watch", ["labnode", "watch", "--process", "kube-apiserver", "--out", f"{RUN}/starts.json"]),
        service("nudge", ["labnode", "nudge", "--readyz", readyz]),
    ]
    for scanner in scanners:
        argv = ["labnode", "scanner", "--config", f"/lab/conf/scanner-{scanner.name}/config.json"]
        services.append(service(f"scanner-{scanner.name}", argv))
    return services


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
