"""The limit: etcd and kube-apiserver alone, as child processes with plain certificates, until /readyz says ok."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ckslab.certificates import Authority
from ckslab.cluster import binaries
from ckslab.progress import Silent

PATIENCE = 120.0
"""Seconds after which a server is given up."""

FLAGS = (
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--enable-bootstrap-token-auth=true",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    "--bind-address=127.0.0.1",
)
"""As kubeadm writes them, without what a lone API server has no use for."""


class Limit:
    """The two servers; certificates are made before, they are not what is measured."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self._folder = folder
        self._programs = binaries.ensure(["etcd", "kube-apiserver"], Silent())
        authority = Authority("bench CA")
        pair = authority.server("localhost")
        for name, content in (
            ("ca.crt", authority.certificate),
            ("server.crt", pair.certificate),
            ("server.key", pair.key),
            ("accounts.key", _accounts_key()),
        ):
            (folder / name).write_bytes(content)

    def measure(self) -> tuple[float, float]:
        """Seconds to /readyz on an empty etcd, and again on the data that this start left."""
        data = self._folder / "etcd"
        try:
            return self._start(data), self._start(data)
        finally:
            shutil.rmtree(data, ignore_errors=True)

    def _start(self, data: Path) -> float:
        client, peer, secure = _free_ports(3)
        begin = time.perf_counter()
        with ExitStack() as running:
            log = running.enter_context((self._folder / "log").open("wb"))
            etcd = self._etcd(data, client, peer)
            process = running.enter_context(_Child([str(self._programs["etcd"]), *etcd], log.fileno()))
            _until(lambda: _listens(client), process, self._folder / "log")
            server = [str(self._programs["kube-apiserver"]), *FLAGS, *self._files(client, secure)]
            process = running.enter_context(_Child(server, log.fileno()))
            _until(lambda: _ready(secure), process, self._folder / "log")
            return time.perf_counter() - begin

    def _etcd(self, data: Path, client: int, peer: int) -> list[str]:
        here, there = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
        return [
            f"--data-dir={data}",
            f"--listen-client-urls={here}",
            f"--advertise-client-urls={here}",
            f"--listen-peer-urls={there}",
            f"--initial-advertise-peer-urls={there}",
            f"--initial-cluster=default={there}",
        ]

    def _files(self, client: int, secure: int) -> list[str]:
        folder = self._folder
        return [
            f"--etcd-servers=http://127.0.0.1:{client}",
            f"--secure-port={secure}",
            f"--cert-dir={folder}",
            f"--client-ca-file={folder}/ca.crt",
            f"--tls-cert-file={folder}/server.crt",
            f"--tls-private-key-file={folder}/server.key",
            f"--service-account-key-file={folder}/accounts.key",
            f"--service-account-signing-key-file={folder}/accounts.key",
        ]


def _accounts_key() -> bytes:
    """A key for service accounts' tokens, in the one form in which the API server reads the public half from it."""
    form = serialization.PrivateFormat.TraditionalOpenSSL
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


class _Child(subprocess.Popen[bytes]):
    """A process that is killed where its block ends."""

    def __init__(self, argv: list[str], log: int) -> None:
        super().__init__(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __exit__(self, *reason: object) -> None:
        self.kill()
        self.wait()


def _until(condition: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"{process.args!r} did not come up:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _ready(port: int) -> bool:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
