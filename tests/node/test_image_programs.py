"""The programs for images, as they were fetched or built: each runs and says its version, and each does its work."""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import json
import re
import ssl
import struct
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ckslab.certificates import Authority
from ckslab.cluster import binaries
from ckslab.cluster.binaries.versions import version_of
from ckslab.cluster.image_archive import pack
from ckslab.cluster.lab_images import PUBLIC, made
from ckslab.waiting import polls

pytestmark = pytest.mark.real


def program(name: str) -> Path:
    """Where it is; skips where it is not, because some take minutes to build."""
    found = binaries.locate([name])[name]
    if isinstance(found, binaries.Missing):
        pytest.skip(f"missing capability: {found.reason}")
    return found.path


@pytest.mark.parametrize("name", ["registry", "nerdctl", "buildkitd", "buildctl", "trivy"])
def test_it_runs_and_is_the_pinned_version(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, component = program(name), binaries.load().component_of(name)
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path))  # it is asked, and not remembered
    assert version_of(path, component) == component.version


LOGIN = "learner:s3cret"
HTPASSWD = "learner:$2b$04$5NOeKICKTrA.PJco4oniPeAjtlZfBMTP0ORFfvC3bI.HH/yM63rDS\n"
"""Of LOGIN, as bcrypt with the least cost: the registry takes no other kind."""


@dataclass
class Served:
    """A registry that serves."""

    port: int
    trust: ssl.SSLContext
    log: Path

    def ask(
        self, method: str, path: str, body: bytes = b"", *, login: str = "", kind: str = "", accept: str = "*/*"
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of one answer."""
        connection = http.client.HTTPSConnection("localhost", self.port, context=self.trust, timeout=10)
        headers = {"Accept": accept} | ({"Content-Type": kind} if kind else {})
        if login:
            headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """The registry on loopback, with TLS, a password, and `folder` to store in; ended at the end."""
    authority = Authority("registry-ca")
    pair = authority.server("localhost")
    files = {"ca.crt": authority.certificate, "tls.crt": pair.certificate, "tls.key": pair.key}
    for name, content in (files | {"htpasswd": HTPASSWD.encode()}).items():
        (folder / name).write_bytes(content)
    settings = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": f"{folder}/storage"}},
        "http": {"addr": "localhost:0", "tls": {"certificate": f"{folder}/tls.crt", "key": f"{folder}/tls.key"}},
        "auth": {"htpasswd": {"realm": "lab", "path": f"{folder}/htpasswd"}},
    }
    (folder / "config.yml").write_text(json.dumps(settings))
    log = folder / "log"
    with log.open("w") as written:
        process = subprocess.Popen(
            [program("registry"), "serve", folder / "config.yml"],
            env={"OTEL_TRACES_EXPORTER": "none"},  # as its image has it
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
        )
    try:
        trust = ssl.create_default_context(cadata=authority.certificate.decode())
        yield Served(_port(process, log), trust, log)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    """The port that it says it listens on."""
    for _ in polls(20.0):
        if said := re.search(r"listening on 127\.0\.0\.1:(\d+), tls", log.read_text()):
            return int(said.group(1))
        assert process.poll() is None, log.read_text()
    raise AssertionError(f"it does not listen: {log.read_text()}")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("registry")) as served:
        yield served


MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def push_blob(registry: Served, repository: str, content: bytes) -> dict[str, object]:
    """Upload it in one piece; the answer is how a manifest names it."""
    status, headers, _ = registry.ask("POST", f"/v2/{repository}/blobs/uploads/", login=LOGIN)
    assert status == 202
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    place = headers["Location"].removeprefix(f"https://localhost:{registry.port}")
    status, _, said = registry.ask(
        "PUT", f"{place}&digest={digest}", content, login=LOGIN, kind="application/octet-stream"
    )
    assert status == 201, said
    return {"digest": digest, "size": len(content)}


class TestRegistry:
    @pytest.mark.parametrize("login", ["", "learner:wrong", "nobody:s3cret", "learner:"])
    def test_nobody_is_let_in_without_the_password(self, login: str, registry: Served) -> None:
        status, headers, _ = registry.ask("GET", "/v2/", login=login)
        assert (status, headers["Www-Authenticate"]) == (401, 'Basic realm="lab"')

    def test_the_password_lets_in_and_the_log_names_the_user_the_agent_and_the_path(self, registry: Served) -> None:
        assert registry.ask("GET", "/v2/_catalog?n=7", login=LOGIN)[0] == 200
        asked = [line for line in registry.log.read_text().splitlines() if "_catalog?n=7" in line]
        assert any("auth.user.name=learner" in line for line in asked)

    def test_what_is_not_tls_is_not_answered(self, registry: Served) -> None:
        connection = http.client.HTTPConnection("localhost", registry.port, timeout=10)
        connection.request("GET", "/v2/")
        assert connection.getresponse().status == 400
        connection.close()

    def test_an_image_that_was_pushed_is_pulled_by_tag_and_by_digest(self, registry: Served) -> None:
        config = push_blob(registry, "team/app", b"{}")
        layer = push_blob(registry, "team/app", b"a layer, whatever it is")
        image = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config | {"mediaType": "application/vnd.oci.image.config.v1+json"},
            "layers": [layer | {"mediaType": "application/vnd.oci.image.layer.v1.tar"}],
        }
        content = json.dumps(image).encode()
        path = "/v2/team/app/manifests"
        status, headers, said = registry.ask("PUT", f"{path}/1", content, login=LOGIN, kind=MANIFEST)
        assert (status, said) == (201, b"")
        digest = headers["Docker-Content-Digest"]
        assert digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
        for reference in ("1", digest):
            status, headers, pulled = registry.ask("GET", f"{path}/{reference}", login=LOGIN, accept=MANIFEST)
            assert (status, headers["Content-Type"], pulled) == (200, MANIFEST, content)
        # Who does not say that OCI's manifests are welcome gets none: curl, for one, must be told to.
        status, _, said = registry.ask("GET", f"{path}/1", login=LOGIN)
        assert (status, b"accept header does not support OCI manifests" in said) == (404, True)
        assert (
            registry.ask("GET", f"/v2/team/app/blobs/{layer['digest']}", login=LOGIN)[2]
            == b"a layer, whatever it is"
        )

    def test_an_image_of_the_labs_own_is_there_under_the_digest_that_was_foreseen(self, registry: Served) -> None:
        packed = pack(made(PUBLIC["docker.io/library/alpine:3.20"], "amd64"), "amd64")
        for blob in (packed.config, *packed.layers):
            assert push_blob(registry, "library/alpine", blob.read()) == {"digest": blob.digest, "size": blob.size}
        path, content = "/v2/library/alpine/manifests", packed.manifest.read()
        status, headers, said = registry.ask("PUT", f"{path}/3.20", content, login=LOGIN, kind=MANIFEST)
        assert (status, headers.get("Docker-Content-Digest")) == (201, packed.manifest.digest), said
        by_digest = registry.ask("GET", f"{path}/{packed.manifest.digest}", login=LOGIN, accept=MANIFEST)
        assert (by_digest[0], by_digest[2]) == (200, content)

    def test_a_digest_that_nobody_pushed_is_not_there(self, registry: Served) -> None:
        assert registry.ask("GET", f"/v2/team/app/manifests/sha256:{'1' * 64}", login=LOGIN)[0] == 404


def empty_database(page: int = 4096) -> bytes:
    """A bbolt file without a bucket: two meta pages, a list of free pages, a leaf (bbolt, internal/common)."""

    def of(number: int, kind: int, content: bytes = b"") -> bytes:
        return (struct.pack("<QHHI", number, kind, 0, 0) + content).ljust(page, b"\0")

    def meta(number: int) -> bytes:
        content = struct.pack("<IIIIQQQQQ", 0xED0CDAED, 2, page, 0, 3, 0, 2, 4, number)
        checksum = 0xCBF29CE484222325  # FNV-1a
        for byte in content:
            checksum = (checksum ^ byte) * 0x100000001B3 % 2**64
        return of(number, 0x04, content + struct.pack("<Q", checksum))

    return meta(0) + meta(1) + of(2, 0x10) + of(3, 0x02)


def tar_of(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def tiny_image() -> bytes:
    """A docker archive of an Alpine that has one package and no program."""
    layer = tar_of(
        {
            "etc/alpine-release": b"3.19.1\n",
            "etc/os-release": b"ID=alpine\nVERSION_ID=3.19.1\n",
            "lib/apk/db/installed": b"P:musl\nV:1.2.4-r4\nA:x86_64\no:musl\n\n",
        }
    )
    digest = hashlib.sha256(layer).hexdigest()
    platform = {"architecture": "amd64", "os": "linux"}
    config = platform | {"rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]}}
    manifest = [{"Config": "config.json", "RepoTags": ["tiny:1"], "Layers": [f"{digest}.tar"]}]
    files = {"config.json": config, "manifest.json": manifest}
    return tar_of({f"{digest}.tar": layer} | {name: json.dumps(told).encode() for name, told in files.items()})


GOOD = {"Version": 2, "NextUpdate": "2126-01-01T00:00:00Z", "DownloadedAt": "2026-01-01T00:00:00Z"}


class TestTrivy:
    def scan(self, folder: Path, metadata: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        """Scan the tiny image with nothing else than an empty database, and no way out."""
        cache = folder / "cache" / "db"
        cache.mkdir(parents=True)
        (cache / "trivy.db").write_bytes(empty_database())
        (cache / "metadata.json").write_text(json.dumps(metadata))
        (folder / "tiny.tar").write_bytes(tiny_image())
        return subprocess.run(
            [program("trivy"), "image", "--cache-dir", "cache", "--format", "json", "--input", "tiny.tar"],
            cwd=folder,
            env={"HOME": str(folder), "HTTPS_PROXY": "http://127.0.0.1:9"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def test_an_image_is_scanned_with_a_frozen_database_and_no_network(self, tmp_path: Path) -> None:
        done = self.scan(tmp_path, GOOD)
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert report["Metadata"]["OS"] == {"Family": "alpine", "Name": "3.19.1", "EOSL": True}
        (result,) = report["Results"]
        assert [one["ID"] for one in result["Packages"]] == ["musl@1.2.4-r4"]
        assert "Vulnerabilities" not in result

    @pytest.mark.parametrize(
        "metadata",
        [
            GOOD | {"NextUpdate": "2026-01-01T00:00:00Z"},
            GOOD | {"DownloadedAt": "0001-01-01T00:00:00Z"},
            {"Version": 2, "NextUpdate": "2126-01-01T00:00:00Z"},
        ],
        ids=["old", "half-copied", "of another's making"],
    )
    def test_a_database_that_trivy_would_renew_is_a_failure_and_no_clean_report(
        self, metadata: Mapping[str, Any], tmp_path: Path
    ) -> None:
        done = self.scan(tmp_path, metadata)
        assert (done.returncode, done.stdout) == (1, "")
        assert "failed to download vulnerability DB" in done.stderr
