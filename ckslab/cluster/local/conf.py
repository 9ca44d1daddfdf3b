"""The folder /lab/conf of a node: what its init runs, and what is laid over its files at the first boot."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ckslab.cluster.backend import NodeFile, NodeSpec, ScannerSpec
from ckslab.cluster.local import addresses
from ckslab.cluster.local.templates import filled

RUN = addresses.RUN


def write_conf(conf: Path, spec: NodeSpec, *, api_server: bool = True) -> None:
    """Fill `conf` for a lab's node; without `api_server` the kubelet waits to be started (golden state)."""
    (conf / "patches").mkdir(parents=True, exist_ok=True)
    _write(conf / "boot.sh", filled("boot.sh"))
    _write(conf / "kubeadm.yaml", filled("kubeadm.yaml"))
    _write(conf / "kube-proxy.yaml", filled("kube-proxy.yaml"))
    _write(conf / "patches" / "kube-apiserver+strategic.yaml", filled("kube-apiserver+strategic.yaml"))
    for scanner in spec.scanners:
        _write_scanner(conf / f"scanner-{scanner.name}", scanner)
    files = (*spec.files, _hosts(spec.scanners))
    (conf / "overlay.tar").write_bytes(tar_of(files))
    _write(conf / "removed", "".join(f"{path}\n" for path in spec.removed))
    init = {
        "setup": [["/bin/sh", "/lab/conf/boot.sh"]],
        "services": _services(spec.scanners, api_server),
        "control": f"{RUN}/init.sock",
    }
    _write(conf / "init.json", json.dumps(init, indent=1))


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o644)


def tar_of(files: Sequence[NodeFile]) -> bytes:
    """A tar with these files, owned by root, with folders made as needed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for file in files:
            info = tarfile.TarInfo(file.path.lstrip("/"))
            info.size, info.mode = len(file.data), file.mode
            tar.addfile(info, io.BytesIO(file.data))
    return buffer.getvalue()


def _hosts(scanners: Sequence[ScannerSpec]) -> NodeFile:
    lines = ["127.0.0.1 localhost", f"{addresses.ADDRESS} {addresses.HOSTNAME}"]
    lines += [f"127.0.0.1 {scanner.host}" for scanner in scanners]
    return NodeFile("/etc/hosts", "\n".join([*lines, ""]).encode())


def _write_scanner(folder: Path, scanner: ScannerSpec) -> None:
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
        "log": f"/var/log/scanner/{scanner.name}.jsonl",
        "control": f"{RUN}/scanner-{scanner.name}.sock",
    }
    _write(folder / "config.json", json.dumps(config, indent=1))


def _services(scanners: Sequence[ScannerSpec], api_server: bool) -> list[dict[str, Any]]:
    services: list[dict[str, Any]] = [
        _service("containerd", ["containerd", "--config", "/etc/containerd/config.toml"]),
        _service("resolver", ["labnode", "resolver", "--hosts", "/etc/hosts", "--listen", "127.0.0.1:53"]),
        _service("watch", ["labnode", "watch", "--process", "kube-apiserver", "--out", f"{RUN}/starts.json"]),
        _service("nudge", ["labnode", "nudge", "--readyz", addresses.READYZ]),
        _service("relay", ["labnode", "relay", f"unix:{RUN}/api.sock", f"tcp:{addresses.ADDRESS}:6443"]),
        {
            **_service(
                "kubelet",
                [
                    "kubelet",
                    "--config=/var/lib/kubelet/config.yaml",
                    "--kubeconfig=/etc/kubernetes/kubelet.conf",
                    f"--hostname-override={addresses.HOSTNAME}",
                    f"--node-ip={addresses.ADDRESS}",
                ],
            ),
            "wait_for": addresses.CONTAINERD_SOCKET,
            "autostart": api_server,
        },
        {
            **_service(
                "kube-proxy",
                [
                    *("labnode", "after", "--readyz", addresses.READYZ, "--"),
                    *("/lab/bin/kube-proxy", "--config=/lab/conf/kube-proxy.yaml"),
                    f"--hostname-override={addresses.HOSTNAME}",
                ],
            ),
            "unless_missing": "/usr/sbin/iptables",
            "autostart": api_server,
        },
    ]
    for scanner in scanners:
        argv = ["labnode", "scanner", "--config", f"/lab/conf/scanner-{scanner.name}/config.json"]
        services.append(_service(f"scanner-{scanner.name}", argv))
    return services


def _service(name: str, argv: list[str]) -> dict[str, Any]:
    return {"name": name, "argv": [f"/lab/bin/{argv[0]}", *argv[1:]], "log": f"/var/log/{name}.log"}
