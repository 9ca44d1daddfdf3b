"""The node's helper and its pause, as built: each part runs for real on high ports in a temporary folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ckslab.cluster import labnode
from ckslab.errors import LabError
from ckslab.kubernetes.node_file import path_bytes, path_text

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the programs are for Linux")
ARCH = platform.machine()
T = TypeVar("T")


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bin")
    for name in ("labnode", "pause"):
        labnode.binary(name, ARCH, folder)
    return folder


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose sockets fit the 107 bytes of an address, whatever pytest's own folder is called."""
    with tempfile.TemporaryDirectory(prefix="labnode-") as folder:
        yield Path(folder)


@contextlib.contextmanager
def running(*argv: str | Path, **options: Any) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([str(word) for word in argv], text=True, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()


def run(*argv: str | Path, timeout: float = 10) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in argv], capture_output=True, text=True, timeout=timeout, check=False
    )


def eventually(look: Callable[[], T | None], seconds: float = 5) -> T:
    """The first true value of `look`; an assertion error when there is none in time."""
    end = time.monotonic() + seconds
    while True:
        value = look()
        if value:
            return value
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# --- binary() ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["labnode", "pause"])
@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_every_shipped_program_has_its_listed_digest(name: str, arch: str, tmp_path: Path) -> None:
    target = labnode.binary(name, arch, tmp_path / "new" / "folder")
    assert target.stat().st_mode & 0o777 == 0o755
    assert hashlib.sha256(target.read_bytes()).hexdigest() in (labnode._BIN / "SHA256SUMS").read_text()
    assert [entry.name for entry in target.parent.iterdir()] == [name]


def test_a_good_program_stays_and_a_bad_one_is_replaced(tmp_path: Path) -> None:
    target = labnode.binary("pause", ARCH, tmp_path)
    inode = target.stat().st_ino
    assert labnode.binary("pause", ARCH, tmp_path).stat().st_ino == inode
    target.write_bytes(b"bad")
    assert labnode.binary("pause", ARCH, tmp_path).stat().st_ino != inode
    assert target.read_bytes() != b"bad"


def test_a_damaged_installation_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = tmp_path / "bin"
    shutil.copytree(labnode._BIN, shipped)
    monkeypatch.setattr(labnode, "_BIN", shipped)
    (shipped / "pause-arm64").write_bytes(b"bad")
    with pytest.raises(LabError, match="damaged"):
        labnode.binary("pause", "arm64", tmp_path / "out")
    (shipped / "labnode-arm64.xz").write_bytes(b"bad")
    with pytest.raises(LabError, match="cannot be read"):
        labnode.binary("labnode", "arm64", tmp_path / "out")
    assert not (tmp_path / "out" / "pause").exists()


@pytest.mark.parametrize(("name", "arch"), [("nothing", "amd64"), ("pause", "riscv64")])
def test_an_unknown_program_or_architecture_is_named(name: str, arch: str, tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"nothing|riscv64"):
        labnode.binary(name, arch, tmp_path)


def test_wrong_calls_end_with_two_and_failures_with_one(programs: Path, tmp_path: Path) -> None:
    for words in (
        [],
        ["nope"],
        ["init"],
        ["relay", "tcp:127.0.0.1:1"],
        ["relay", "x", "y"],
        ["watch"],
        ["ask"],
    ):
        assert run(programs / "labnode", *words).returncode == 2, words
    failed = run(programs / "labnode", "init", tmp_path / "missing.json")
    assert (failed.returncode, "missing.json" in failed.stderr) == (1, True)


# --- scanner and lease ------------------------------------------------------------------------------------


class Certificates:
    """A CA with a server for 127.0.0.1 and a client, as PEM files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._issue("ca", self._key, ca=True)
        for name in ("server", "client"):
            self._issue(name, ec.generate_private_key(ec.SECP256R1()), ca=False)

    def _issue(self, name: str, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> None:
        now = datetime.now(UTC)
        address = x509.DNSName("localhost")
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ca")]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        (self.folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (self.folder / f"{name}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    def context(self, *, client: bool) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.folder / "ca.crt")
        if client:
            context.load_cert_chain(self.folder / "client.crt", self.folder / "client.key")
        return context


class Scanner:
    """A running scanner: its port, control socket and ways to ask it."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self.port = free_port()
        self.certificates = Certificates(folder)
        self.socket = folder / "scanner.sock"
        self.log = folder / "requests.jsonl"
        self.connections: list[HTTPSConnection] = []
        self.config = folder / "scanner.json"
        self.config.write_text(
            json.dumps(
                {
                    "listen": f"127.0.0.1:{self.port}",
                    "path": "/review",
                    "cert": str(folder / "server.crt"),
                    "key": str(folder / "server.key"),
                    "client_ca": str(folder / "ca.crt"),
                    "deny": [{"image": "*:latest", "reason": "the tag latest is not allowed"}],
                    "log": str(self.log),
                    "control": str(self.socket),
                }
            )
        )

    def connect(self, *, client: bool = True) -> HTTPSConnection:
        context = self.certificates.context(client=client)
        connection = HTTPSConnection("localhost", self.port, context=context, timeout=5)
        self.connections.append(connection)
        return connection

    def status(self) -> Any:
        asked = run(self.program, "ask", "--socket", self.socket)
        return json.loads(asked.stdout) if asked.returncode == 0 else {}

    def serving(self) -> bool:
        return self.status().get("serving") is True

    @contextlib.contextmanager
    def lease(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        argv: list[str | Path] = [self.program, "lease", "--socket", self.socket, *words]
        with running(*argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as holder:
            assert holder.stdout
            assert holder.stdout.readline() == "stopped\n"
            yield holder


@pytest.fixture
def scanner(programs: Path, short: Path) -> Iterator[Scanner]:
    scanner = Scanner(programs / "labnode", short)
    argv: list[str | Path] = [scanner.program, "scanner", "--config", scanner.config]
    with (short / "stderr").open("w") as errors, running(*argv, stderr=errors):
        eventually(scanner.serving)
        yield scanner
        for connection in scanner.connections:
            connection.close()


def review(connection: HTTPSConnection, *images: str) -> Any:
    spec = {
        "containers": [{"image": image} for image in images],
        "namespace": "web",
        "annotations": {"n": "1"},
    }
    question = {"apiVersion": "imagepolicy.k8s.io/v1alpha1", "kind": "ImageReview", "spec": spec}
    connection.request("POST", "/review?timeout=30s", json.dumps(question))
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    return json.loads(body)


def test_the_scanner_judges_and_writes_down_each_question(scanner: Scanner) -> None:
    connection = scanner.connect()
    denied = {"allowed": False, "reason": "the tag latest is not allowed"}
    assert review(connection, "nginx:1.27", "docker.io/library/redis") == {
        "apiVersion": "imagepolicy.k8s.io/v1alpha1",
        "kind": "ImageReview",
        "status": denied,
    }
    assert review(connection, "nginx:1.27", "a@sha256:00")["status"] == {"allowed": True, "reason": ""}
    first, second = (json.loads(line) for line in scanner.log.read_text().splitlines())
    assert first["images"] == ["nginx:1.27", "docker.io/library/redis"]
    assert (first["namespace"], first["annotations"], first["allowed"]) == ("web", {"n": "1"}, False)
    assert second["allowed"] is True
    assert datetime.fromisoformat(second["time"]).tzinfo is not None


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [("GET", "/review", "", 405), ("POST", "/other", "{}", 404), ("POST", "/review", "{}", 400)],
)
def test_the_scanner_answers_nothing_but_reviews(
    scanner: Scanner, method: str, path: str, body: str, status: int
) -> None:
    connection = scanner.connect()
    connection.request(method, path, body)
    assert connection.getresponse().status == status


def test_the_scanner_demands_a_client_certificate_and_says_so(scanner: Scanner) -> None:
    connection = scanner.connect(client=False)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        review(connection, "nginx:1.27")  # TLS 1.3 tells the client with its first answer
    errors = scanner.folder / "stderr"
    assert eventually(lambda: "client didn't provide a certificate" in errors.read_text())


def test_the_control_socket_is_for_its_owner_only(scanner: Scanner) -> None:
    assert scanner.socket.stat().st_mode & 0o777 == 0o600


def test_a_lease_closes_the_port_and_open_connections_until_its_stdin_ends(scanner: Scanner) -> None:
    connection = scanner.connect()
    review(connection, "nginx:1.27")
    idle = connection.sock
    with scanner.lease() as holder:
        assert idle.recv(1) == b""
        assert not accepts(scanner.port)
        assert scanner.status() == {"serving": False, "leases": 1}
        assert holder.stdin
        holder.stdin.close()
        assert holder.wait(5) == 0
        assert accepts(scanner.port)  # it waited until the scanner was back
    assert review(scanner.connect(), "nginx:1.27")["status"]["allowed"] is True


def test_a_lease_ends_with_a_killed_holder_and_the_last_one_counts(scanner: Scanner) -> None:
    with scanner.lease() as first, scanner.lease() as second:
        first.kill()
        first.wait(5)
        eventually(lambda: scanner.status() == {"serving": False, "leases": 1})
        second.kill()
        eventually(scanner.serving)


def test_a_lease_runs_out(scanner: Scanner) -> None:
    with scanner.lease("--ttl", "200ms") as holder:
        assert holder.wait(5) == 3
    assert scanner.serving()


def test_the_scanner_waits_for_a_busy_port(scanner: Scanner) -> None:
    with scanner.lease() as holder, socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", scanner.port))
        squatter.listen()
        holder.kill()
        eventually(lambda: scanner.status() == {"serving": False, "leases": 0})
        squatter.close()
        eventually(scanner.serving)


# --- resolver ---------------------------------------------------------------------------------------------


def dns_query(name: str, kind: int) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", kind, 1)


def ask_dns(port: int, name: str, kind: int = 1, *, tcp: bool = False) -> tuple[int, int, bytes]:
    """Response code, number of answers, and the whole reply."""
    query = dns_query(name, kind)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as client:
        client.settimeout(2)
        client.connect(("127.0.0.1", port))
        client.sendall(struct.pack(">H", len(query)) + query if tcp else query)
        reply = client.recv(4096)[2 if tcp else 0 :]
    return reply[3] & 15, struct.unpack(">H", reply[6:8])[0], reply


def test_the_resolver_answers_from_the_hosts_file_and_denies_the_rest_at_once(
    programs: Path, tmp_path: Path
) -> None:
    hosts, port = tmp_path / "hosts", free_port()
    hosts.write_text("10.0.0.7 scanner.lab\n::1 six\n")
    with running(programs / "labnode", "resolver", "--hosts", hosts, "--listen", f"127.0.0.1:{port}"):
        eventually(lambda: accepts(port))
        for tcp in (False, True):
            code, answers, reply = ask_dns(port, "scanner.lab", tcp=tcp)
            assert (code, answers, reply[-4:]) == (0, 1, bytes([10, 0, 0, 7]))
        assert ask_dns(port, "scanner.lab", 28)[:2] == (0, 0)
        assert ask_dns(port, "six", 28)[:2] == (0, 1)
        assert ask_dns(port, "7.0.0.10.in-addr.arpa", 12)[:2] == (0, 1)
        began = time.monotonic()
        for name in ("unknown.lab", "scanner.lab.default.svc.cluster.local"):
            assert ask_dns(port, name)[:2] == (3, 0)
        assert time.monotonic() - began < 0.5
        hosts.with_suffix(".new").write_text("10.0.0.9 unknown.lab\n")
        hosts.with_suffix(".new").replace(hosts)
        assert ask_dns(port, "unknown.lab")[:2] == (0, 1)
        assert ask_dns(port, "scanner.lab")[:2] == (3, 0)


# --- relay ------------------------------------------------------------------------------------------------


def test_the_relay_forwards_both_ways_and_closes_each_half_on_its_own(programs: Path, short: Path) -> None:
    path = short / "relay.sock"
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with running(programs / "labnode", "relay", f"unix:{path}", f"tcp:127.0.0.1:{port}") as relay:
            client = eventually(lambda: connect_unix(path))
            assert path.stat().st_mode & 0o777 == 0o600
            peer, _ = server.accept()
            with client, peer:
                client.sendall(b"question")
                client.shutdown(socket.SHUT_WR)
                assert read_all(peer) == b"question"
                peer.sendall(b"x" * 300_000)
                peer.shutdown(socket.SHUT_WR)
                assert len(read_all(client)) == 300_000
            relay.terminate()
            assert relay.wait(5) == 0
    assert not path.exists()


def connect_unix(path: Path) -> socket.socket | None:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(5)
    try:
        client.connect(str(path))
    except OSError:
        client.close()
        return None
    return client


def read_all(connection: socket.socket) -> bytes:
    connection.settimeout(5)
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_the_relay_follows_no_link_to_a_socket_outside(programs: Path, short: Path) -> None:
    outside, inside, port = short / "outside.sock", short / "api.sock", free_port()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(outside))
        listener.listen()
        listener.settimeout(0.5)
        relay = (programs / "labnode", "relay", f"tcp:127.0.0.1:{port}")
        inside.symlink_to(outside)
        with running(*relay, f"unix:{inside}"):
            eventually(lambda: accepts(port))
            with socket.create_connection(("127.0.0.1", port), 2) as client:
                assert read_all(client) == b""
        with pytest.raises(TimeoutError):
            listener.accept()
        with running(*relay, f"unix:{outside}"):
            eventually(lambda: accepts(port))
            listener.accept()[0].close()


# --- init -------------------------------------------------------------------------------------------------


class Node:
    """A running `labnode init` and its service client."""

    def __init__(self, program: Path, folder: Path, services: list[dict[str, Any]], setup: list[list[str]]) -> None:
        self.program, self.folder, self.socket = program, folder, folder / "init.sock"
        for service in services:
            service.setdefault("log", str(folder / "log" / service["name"]))
        config = {"setup": setup, "services": services, "control": str(self.socket)}
        (folder / "init.json").write_text(json.dumps(config))

    def argv(self) -> tuple[str, ...]:
        return (str(self.program), "init", str(self.folder / "init.json"))

    def order(self, *words: str) -> subprocess.CompletedProcess[str]:
        return run(self.program, "service", *words, "--socket", self.socket)

    def service(self, name: str) -> Any:
        asked = self.order("status", name)
        return json.loads(asked.stdout)["services"][0] if asked.returncode == 0 else {}


def test_init_restarts_what_ends_and_obeys_orders(programs: Path, short: Path) -> None:
    services: list[dict[str, Any]] = [
        {"name": "sleeper", "argv": ["sh", "-c", "echo $WORD; exec sleep 60"], "env": {"WORD": "hello"}},
        {"name": "later", "argv": ["sleep", "60"], "wait_for": str(short / "flag")},
        {"name": "absent", "argv": ["sleep", "60"], "unless_missing": str(short / "nothing")},
        {"name": "manual", "argv": ["sleep", "60"], "autostart": False},
    ]
    node = Node(programs / "labnode", short, services, [["sh", "-c", f"echo done > {short}/setup"]])
    with running(*node.argv(), stderr=subprocess.DEVNULL) as init:
        first = eventually(lambda: node.service("sleeper").get("pid"))
        assert (short / "setup").read_text() == "done\n"
        assert eventually(lambda: (short / "log/sleeper").read_text()) == "hello\n"
        assert node.socket.stat().st_mode & 0o777 == 0o600
        os.kill(first, signal.SIGKILL)
        state = eventually(lambda: now if (now := node.service("sleeper"))["pid"] not in (0, first) else None)
        assert (state["restarts"], state["running"], state["last_exit"]) == (1, True, "signal killed")
        for name in ("later", "absent", "manual"):
            assert node.service(name)["running"] is False
        (short / "flag").touch()
        eventually(lambda: node.service("later")["running"])
        assert json.loads(node.order("start", "manual").stdout)["services"][0]["running"] is True
        assert json.loads(node.order("stop", "manual").stdout)["services"][0]["running"] is False
        again = json.loads(node.order("restart", "sleeper").stdout)["services"][0]
        assert again["running"] is True
        assert again["pid"] not in (0, state["pid"])
        assert "nothing" in node.order("start", "absent").stderr
        assert "known: sleeper" in node.order("stop", "other").stderr
        began = time.monotonic()
        init.terminate()
        assert init.wait(5) == 0
        assert time.monotonic() - began < 2


def test_init_reaps_orphans(programs: Path, short: Path) -> None:
    orphan = short / "orphan"
    script = f"(sh -c 'echo $$ > {orphan}.tmp; mv {orphan}.tmp {orphan}; sleep 0.2' &) ; sleep 60"
    node = Node(programs / "labnode", short, [{"name": "parent", "argv": ["sh", "-c", script]}], [])
    with running(*node.argv(), stderr=subprocess.DEVNULL) as init:
        eventually(orphan.exists)
        stat = Path(f"/proc/{orphan.read_text().strip()}/stat")
        parent = stat.read_text().rsplit(")", 1)[1].split()[1]
        assert int(parent) == init.pid
        eventually(lambda: not stat.exists())


def test_init_ends_within_two_seconds_of_patience_with_a_stubborn_service(programs: Path, short: Path) -> None:
    stubborn = {"name": "stubborn", "argv": ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"]}
    node = Node(programs / "labnode", short, [stubborn], [])
    with running(*node.argv(), stderr=subprocess.DEVNULL) as init:
        eventually(lambda: (short / "log/stubborn").exists() and (short / "log/stubborn").read_text())
        pid = node.service("stubborn")["pid"]
        init.terminate()
        assert init.wait(4) == 0
        eventually(
            lambda: not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes()
        )


def test_init_stops_at_a_set_up_command_that_fails(programs: Path, short: Path) -> None:
    node = Node(
        programs / "labnode", short, [], [["sh", "-c", "echo why >&2; exit 7"], ["touch", str(short / "no")]]
    )
    failed = run(*node.argv())
    assert failed.returncode == 1
    assert "why" in failed.stderr
    assert "exit status 7" in failed.stderr
    assert not (short / "no").exists()


# --- watch ------------------------------------------------------------------------------------------------

HAS_NAMESPACES = (
    shutil.which("unshare") is not None
    and subprocess.run(
        ["unshare", "--user", "--pid", "--fork", "--map-root-user", "true"], capture_output=True, check=False
    ).returncode
    == 0
)
needs_namespaces = pytest.mark.skipif(not HAS_NAMESPACES, reason="no user namespaces here")


@pytest.fixture
def server_name() -> str:
    """Longer than the 15 characters that the kernel keeps, and no other process of this machine has it."""
    return f"lab{os.getpid()}-kube-apiserver"


def recorded(out: Path) -> list[Any]:
    return list(json.loads(out.read_text())["starts"]) if out.exists() else []


def test_the_watch_records_starts_and_ends(programs: Path, tmp_path: Path, server_name: str) -> None:
    server, out = tmp_path / server_name, tmp_path / "starts.json"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", server)
    with running(programs / "labnode", "watch", "--process", server_name, "--out", out, "--interval", "20ms"):
        eventually(out.exists)
        assert recorded(out) == []
        for seconds in ("61", "62"):
            with running(server, seconds):
                argv = [str(server), seconds]
                start = eventually(partial(newest_with, out, argv))
                assert start["ended"] is False
            eventually(lambda: recorded(out)[-1]["ended"])
        subprocess.run([server, "0.2"], check=True)  # a crash loop's life is short
        eventually(lambda: len(recorded(out)) == 3)


def newest_with(out: Path, argv: list[str]) -> Any:
    starts = recorded(out)
    return starts[-1] if starts and starts[-1]["argv"] == argv else None


@needs_namespaces
def test_the_watch_digests_what_the_container_sees(programs: Path, tmp_path: Path, server_name: str) -> None:
    root, source, out = tmp_path / "root", tmp_path / "source", tmp_path / "starts.json"
    (root / "etc/conf").mkdir(parents=True)
    source.mkdir()
    (source / "a.yaml").write_text("a")
    (source / "out").symlink_to("/etc/passwd")
    (root / "etc/not-mounted").write_text("x")
    shutil.copy(programs / "labnode", root / server_name)
    server = f"exec chroot {root} /{server_name} relay unix:/a unix:/b"
    inside = f"mount --bind {source} {root}/etc/conf && {server}"
    with (
        running(programs / "labnode", "watch", "--process", server_name, "--out", out, "--interval", "20ms"),
        running("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", inside),
    ):
        [start] = eventually(lambda: recorded(out))
    digest = hashlib.sha256(b"a").hexdigest()
    assert start["files"] == {"/etc/conf/a.yaml": digest, "/etc/conf/out": "-> /etc/passwd"}
    assert "partial" not in start


# --- files ------------------------------------------------------------------------------------------------


def test_files_tells_what_stands_at_each_path(programs: Path, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "link").symlink_to("a")
    os.mkfifo(tmp_path / "pipe")
    request = {"files": [str(tmp_path / "link"), str(tmp_path / "none")], "folders": [str(tmp_path)]}
    asked = subprocess.run(
        [programs / "labnode", "files"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        timeout=5,
        check=True,
    )
    facts = {str(Path(path).name): fact for path, fact in json.loads(asked.stdout).items()}
    assert (facts["link"]["kind"], facts["link"]["real"]) == ("file", str(tmp_path / "a"))
    assert facts["a"]["sha256"] == hashlib.sha256(b"a").hexdigest()
    assert (facts["none"]["kind"], facts["pipe"]["kind"]) == ("absent", "fifo")
    assert facts[tmp_path.name]["entries"] == ["a", "link", "pipe"]


def test_search_tells_where_a_content_lies_and_python_reads_its_names(programs: Path, tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xf0\xef\xbf\xbd"
    Path(os.fsdecode(odd)).write_text("a")
    wanted = [{"size": 1, "sha256": hashlib.sha256(text).hexdigest()} for text in (b"a", b"b")]
    asked = subprocess.run(
        [programs / "labnode", "search"],
        input=json.dumps({"folder": str(tmp_path), "contents": wanted}),
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert json.loads(asked.stdout) == {"found": {wanted[0]["sha256"]: path_text(odd)}, "unread": ""}
    assert path_bytes(path_text(odd)) == odd


def test_look_is_one_object_of_files_starts_and_the_newest_log(programs: Path, tmp_path: Path) -> None:
    manifests, starts = tmp_path / "manifests", tmp_path / "starts.json"
    log = tmp_path / "pods/kube-system_kube-apiserver-controlplane_1/kube-apiserver/0.log"
    for folder in (manifests, log.parent):
        folder.mkdir(parents=True)
    (manifests / "a.yaml").write_text("a")
    log.write_bytes(b"one\ntwo\xff\nthree\n")
    argv = [str(programs / "labnode"), "look", "--log-lines", "2", "--starts", str(starts)]
    argv += ["--manifests", str(manifests), "--logs", str(tmp_path / "pods")]

    def look() -> Any:
        request = json.dumps({"files": [], "folders": [str(manifests)]})
        return json.loads(
            subprocess.run(argv, input=request, capture_output=True, timeout=5, check=True, text=True).stdout
        )

    seen = look()
    assert set(seen) == {"now", "files", "starts", "log_path", "changed", "log"}
    assert seen["files"][f"{manifests}/a.yaml"]["sha256"] == hashlib.sha256(b"a").hexdigest()
    assert (seen["log_path"], seen["log"], seen["starts"]) == (
        str(log),
        ["two\N{REPLACEMENT CHARACTER}", "three"],
        [],
    )
    assert 0 <= seen["now"] - seen["changed"] < 5
    starts.write_text('{"starts": [{"pid": 1}]}')
    (manifests / "a.yaml").chmod(0o600)
    again = look()
    assert again["starts"] == [{"pid": 1}]
    assert again["changed"] > seen["changed"]


# --- runc shim --------------------------------------------------------------------------------------------


@needs_namespaces
@pytest.mark.parametrize("one_id", [False, True])
def test_the_runc_shim_asks_for_no_cgroups(programs: Path, tmp_path: Path, one_id: bool) -> None:
    shim = tmp_path / "runc"
    shim.symlink_to(programs / "labnode")
    runc = tmp_path / "runc.real"
    runc.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 5\n')
    runc.chmod(0o755)
    (tmp_path / "settings.json").write_text(json.dumps({"seccomp": False}))
    spec = {
        "kept": {"number": 12345678901234567890, "text": "<&>"},
        "linux": {"cgroupsPath": "x", "resources": {}, "seccomp": {}, "namespaces": []},
        "process": {"user": {"uid": 1000, "gid": 1000, "additionalGids": [7]}},
        "mounts": [{"type": "devpts", "options": ["gid=5", "mode=0620"]}],
    }
    (tmp_path / "config.json").write_text(json.dumps(spec))
    argv = ["--root", "/r", "create", "--bundle", str(tmp_path), "id"]
    prefix = ["unshare", "--user", "--map-root-user"] if one_id else []
    path = f"{tmp_path}:{os.environ['PATH']}"
    environment = {**os.environ, "CKSLAB_RUNC_SETTINGS": str(tmp_path / "settings.json"), "PATH": path}
    called = subprocess.run(
        [*prefix, str(shim), *argv], env=environment, capture_output=True, text=True, timeout=10, check=False
    )
    assert (called.returncode, called.stdout.split()) == (5, ["--rootless=true", *argv]), called.stderr
    written = json.loads((tmp_path / "config.json").read_text())
    assert written["kept"] == spec["kept"]
    assert written["linux"] == {"namespaces": []}
    assert written["process"]["user"] == ({"uid": 0, "gid": 0} if one_id else spec["process"]["user"])  # type: ignore[index]
    assert written["mounts"][0]["options"] == (["mode=0620"] if one_id else ["gid=5", "mode=0620"])


# --- pause ------------------------------------------------------------------------------------------------


@needs_namespaces
def test_pause_ends_at_once_on_term_as_pid_1(programs: Path) -> None:
    argv = ("unshare", "--user", "--pid", "--fork", "--kill-child", "--map-root-user", programs / "pause")
    with running(*argv) as outer:
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        pid = int(eventually(lambda: children.read_text().strip()))
        eventually(lambda: Path(f"/proc/{pid}/comm").read_text().strip() == "pause")
        time.sleep(0.1)
        assert outer.poll() is None
        os.kill(pid, signal.SIGTERM)
        assert outer.wait(5) == 0
