"""Runs the real kube-apiserver on a set-up, in a mount namespace that shows it what a container would see."""

from __future__ import annotations

import http.client
import json
import os
import posixpath
import shlex
import ssl
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tools.fidelity.credentials import HOST
from tests.tools.fidelity.etcd import free_port
from tests.tools.fidelity.scanner import REASON, Scanner
from tests.tools.fidelity.setup import Setup

TOKEN = "fidelity"
_LIMIT = 90.0


@dataclass(frozen=True)
class Truth:
    """What the real one did. log: its last words. The rest is meant for one that starts."""

    starts: bool
    log: str = ""
    denies_bad: bool = False
    admits_good: bool = False
    fails_closed: bool = False
    answers: tuple[str, ...] = ()
    seconds: float = 0.0


class RealApiServer:
    """Starts one API server after another against one etcd; each in a root of its own."""

    def __init__(self, binary: Path, etcd_url: str, folder: Path, prefix: str) -> None:
        self._binary = binary
        self._etcd = etcd_url
        self._folder = folder
        self._prefix = prefix
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tokens.csv").write_text(f"{TOKEN},admin,admin,system:masters\n")

    def run(self, setup: Setup, scanner: Scanner, nonce: str) -> Truth:
        """The truth about a set-up; the scanner runs before and after."""
        node = self._folder / f"node-{nonce}"
        self._write(setup, node)
        port = free_port()
        began = time.monotonic()
        log_path = self._folder / f"log-{nonce}"
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [
                    "unshare",
                    "--user",
                    "--map-root-user",
                    "--mount",
                    "sh",
                    "-ec",
                    self._script(setup, node, port),
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={"HOME": "/root", "PATH": os.environ.get("PATH", "")},
            )
            try:
                if not self._ready(process, port):
                    return Truth(False, log_path.read_text(errors="replace"), seconds=time.monotonic() - began)
                return self._probe(port, scanner, nonce, began)
            finally:
                process.kill()
                process.wait()

    def _write(self, setup: Setup, node: Path) -> None:
        for path, content in setup.files.items():
            place = node / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        for link, target in setup.links.items():
            place = node / link.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(target)

    def _script(self, setup: Setup, node: Path, port: int) -> str:
        """A root with the binary, hosts and the mounts, and the API server in it."""
        root = node.with_name(node.name + "-root")
        root.mkdir()
        q = shlex.quote
        lines = [
            f"mount -t tmpfs none {q(str(root))}",
            f"cd {q(str(root))}",
            "mkdir -p etc tmp root run lab",
            "touch kube-apiserver",
            f"mount --bind {q(str(self._binary))} kube-apiserver",
            f"printf '127.0.0.1 localhost {HOST}\\n' > etc/hosts",
            f"cp {q(str(self._folder))}/tokens.csv lab/",
        ]
        volumes = {volume["name"]: volume["hostPath"]["path"] for volume in setup.volumes}
        for mount in setup.mounts:
            path = posixpath.join(volumes[mount["name"]], mount.get("subPath", ""))
            source = node / (setup.real(path) or path).lstrip("/")  # the node follows its own links
            if not source.exists():
                source.mkdir(parents=True)  # as DirectoryOrCreate, and the runtime without a type
            target = q(mount["mountPath"].strip("/"))
            made = f"mkdir -p {target}" if source.is_dir() else f"mkdir -p $(dirname {target}); touch {target}"
            lines += [made, f"mount --bind {q(str(source))} {target}"]
        own = [one for one in setup.command[1:] if not one.startswith("--etcd-servers=")]  # its etcd is another one
        argv = ["/kube-apiserver", *self._flags(port), *own]
        lines.append(f"exec chroot {q(str(root))} " + " ".join(q(one) for one in argv))
        return "\n".join(lines)

    def _flags(self, port: int) -> list[str]:
        return [
            f"--etcd-servers={self._etcd}",
            f"--etcd-prefix={self._prefix}",
            f"--secure-port={port}",
            "--bind-address=127.0.0.1",
            "--cert-dir=/tmp",
            "--authorization-mode=AlwaysAllow",
            "--token-auth-file=/lab/tokens.csv",
            "--service-cluster-ip-range=10.96.0.0/24",
            "--endpoint-reconciler-type=none",
        ]

    def _ready(self, process: subprocess.Popen[bytes], port: int) -> bool:
        deadline = time.monotonic() + _LIMIT
        while time.monotonic() < deadline:
            if process.poll() is not None:
                return False
            try:
                if _request(port, "GET", "/readyz")[0] == 200:
                    return True
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError("the API server neither ended nor became ready")

    def _probe(self, port: int, scanner: Scanner, nonce: str, began: float) -> Truth:
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
        for _ in range(100):
            code = _request(port, "POST", "/api/v1/namespaces/default/serviceaccounts", account)[0]
            if code in (201, 409):
                break
            time.sleep(0.1)
        bad = self._create(port, "registry.lab/app:latest", f"{nonce}-bad")
        good = self._create(port, "registry.lab/app:1.4.2", f"{nonce}-good")
        scanner.stop()
        try:
            down = self._create(port, "registry.lab/app:1.4.3", f"{nonce}-down")
        finally:
            scanner.start()
        return Truth(
            True,
            denies_bad=bad[0] == 403 and REASON in bad[1],
            admits_good=good[0] == 201,
            fails_closed=down[0] == 403,
            answers=(bad[1][:300], good[1][:300], down[1][:300]),
            seconds=time.monotonic() - began,
        )

    def _create(self, port: int, image: str, nonce: str) -> tuple[int, str]:
        """A server-side dry run; the service account's cache may need a moment."""
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": nonce, "annotations": {"nonce.image-policy.k8s.io/x": nonce}},
            "spec": {"containers": [{"name": "a", "image": image}], "automountServiceAccountToken": False},
        }
        for _ in range(50):
            code, text = _request(port, "POST", "/api/v1/namespaces/default/pods?dryRun=All", pod)
            if "serviceaccount" not in text or code == 201:
                break
            time.sleep(0.1)
        message = json.loads(text).get("message", "") if text.startswith("{") else text
        return code, message


def _request(port: int, method: str, path: str, body: Any = None) -> tuple[int, str]:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=120, context=context)
    try:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()
