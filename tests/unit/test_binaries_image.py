"""A binary out of a published container image, downloaded from a registry of the test's own."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ckslab.cluster.binaries import Missing, Pins, ensure, load, locate
from ckslab.errors import MissingCapability
from tests.support.registry_server import AUTH, HOST, REPOSITORY, Registry
from tests.unit.test_binaries import Recorded, cached, component, parts, tar_of

MANAGER = random.Random(5).randbytes(400_000)  # not to be compressed away
BASE = tar_of({"etc/passwd": b"root", "./manager": b"of the layer below"})
TOP = tar_of({"manager": MANAGER})

Get = Callable[..., bytes]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and caches of the test's own, nothing to build with, and no proxy before loopback."""
    monkeypatch.delenv("CKSLAB_BINARIES", raising=False)
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    return tmp_path / "home"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """The registry, as a mirror has it."""
    server = Registry()
    monkeypatch.setenv("CKSLAB_DOWNLOADS", server.base)
    yield server
    server.close()


def pins_of(folder: Path, digest: str, arch: str = "amd64", members: dict[str, str] | None = None) -> Pins:
    sha256 = digest.removeprefix("sha256:")
    image = {
        "image": True,
        "url": f"https://{HOST}/v2/project/tool/manifests/sha256:{{sha256}}",
        "approximate_bytes": 300_000,
        "sha256": {"amd64": sha256, "arm64": sha256},
        "members": members or {"tool": "manager"},
    }
    path = folder / f"pins-{sha256}.json"
    path.write_text(json.dumps({"go": "1.26", "components": [component("tool", artefacts=[image])]}))
    return load(path, arch)


@pytest.fixture
def get(tmp_path: Path) -> Get:
    """Fetch the tool out of the image of that digest."""

    def fetch(digest: str, arch: str = "amd64", members: dict[str, str] | None = None) -> bytes:
        return ensure(["tool"], Recorded(), pins=pins_of(tmp_path, digest, arch, members))["tool"].read_bytes()

    return fetch


def refused(get: Get, digest: str, **more: Any) -> str:
    with pytest.raises(MissingCapability) as raised:
        get(digest, **more)
    assert "set CKSLAB_DOWNLOADS to a mirror" in raised.value.advice
    return str(raised.value)


class TestFound:
    def test_the_file_comes_from_the_layers_of_this_platform(
        self, registry: Registry, get: Get, home: Path
    ) -> None:
        other = registry.image([tar_of({"manager": b"arm"})], "arm64")
        index = registry.index(arm64=other, amd64=registry.image([BASE, TOP]))
        assert get(index) == MANAGER
        assert cached(home) == ["tool-1.2.3-amd64/tool"]
        assert (home / "cache/binaries/tool-1.2.3-amd64/tool").stat().st_mode & 0o777 == 0o755
        assert parts(home) == []
        assert f"{REPOSITORY}/blobs/{registry.add(BASE)}" not in registry.paths(), "it lies under what was found"
        assert get(index, arch="arm64") == b"arm"

    def test_one_token_serves_all_and_reads_one_repository(self, registry: Registry, get: Get) -> None:
        get(registry.index(amd64=registry.image([BASE, TOP])))
        tokens = [path for path in registry.paths() if path.startswith(f"/{AUTH}/")]
        assert tokens == [f"/{AUTH}/token?service={HOST}&scope=repository%3Aproject%2Ftool%3Apull"]
        assert [one.bearer for one in registry.asked] == ["", "", "letmein", "letmein", "letmein"]
        assert "oci.image.index.v1+json" in registry.asked[0].accept

    def test_a_token_that_has_ended_is_got_anew(
        self, registry: Registry, get: Get, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        send = Registry._send

        def ends(self: Registry, request: Any, digest: str, asked: str) -> None:
            self.token = f"letmein{len(self.asked)}"
            send(self, request, digest, asked)

        monkeypatch.setattr(Registry, "_send", ends)
        assert get(registry.index(amd64=registry.image([TOP]))) == MANAGER
        assert sum(path.startswith(f"/{AUTH}/") for path in registry.paths()) == 3

    def test_a_service_of_tokens_that_is_busy_is_asked_again(self, registry: Registry, get: Get) -> None:
        registry.token_status = [503]
        assert get(registry.image([TOP])) == MANAGER

    def test_a_mirror_of_plain_files_needs_no_token(self, registry: Registry, get: Get) -> None:
        registry.token = ""
        assert get(registry.image([TOP])) == MANAGER

    def test_a_manifest_may_be_pinned_itself(self, registry: Registry, get: Get) -> None:
        assert get(registry.image([TOP])) == MANAGER

    def test_a_broken_off_layer_is_gone_on_with(self, registry: Registry, get: Get) -> None:
        index = registry.index(amd64=registry.image([TOP]))
        registry.cut_after[registry.add(TOP)] = [100_000, 1000]
        assert get(index) == MANAGER
        assert [one.range for one in registry.asked][-2:] == ["bytes=100000-", "bytes=101000-"]

    def test_what_an_earlier_run_left_is_gone_on_with(self, registry: Registry, get: Get, home: Path) -> None:
        index, layer = registry.index(amd64=registry.image([TOP])), registry.add(TOP)
        registry.cut_after[layer] = [100_000] + [0] * 9
        assert "the connection" in refused(get, index)
        assert [part.stat().st_size for part in parts(home)] == [100_000]
        assert cached(home) == []
        registry.cut_after.clear()
        assert get(index) == MANAGER
        assert registry.asked[-1].range == "bytes=100000-"

    def test_files_of_different_layers(self, registry: Registry, tmp_path: Path) -> None:
        below = tar_of({"bin/more": b"more", "manager": b"hidden"})
        pins = pins_of(tmp_path, registry.image([below, TOP]), members={"tool": "manager", "more": "bin/more"})
        ensure(["tool"], Recorded(), pins=pins)
        folder = tmp_path / "home/cache/binaries/tool-1.2.3-amd64"
        assert (folder / "more").read_bytes() == b"more"
        assert (folder / "tool").read_bytes() == MANAGER

    def test_a_whiteout_is_of_the_layers_below_only(self, registry: Registry, get: Get) -> None:
        layer = tar_of({"manager": MANAGER, ".wh.manager": b""})
        assert get(registry.image([BASE, layer])) == MANAGER
        layer = tar_of({".wh..wh..opq": b"", "manager": MANAGER})
        assert get(registry.image([BASE, layer], "amd64")) == MANAGER


class TestRefused:
    @pytest.mark.parametrize(
        ("upper", "seen"),
        [
            ({".wh.manager": b""}, "takes manager away"),
            ({".wh..wh..opq": b""}, "takes manager away"),
            ({"./.wh.manager": b""}, "takes manager away"),
            ({"manager": "/etc/passwd"}, "is not a plain file"),
            ({"../manager": MANAGER}, "leads out of the archive"),
            ({"/manager": MANAGER}, "leads out of the archive"),
        ],
    )
    def test_a_layer_that_hides_it(
        self, upper: dict[str, Any], seen: str, registry: Registry, get: Get, home: Path
    ) -> None:
        assert seen in refused(get, registry.image([TOP, tar_of(upper)]))
        assert (cached(home), parts(home)) == ([], [])

    @pytest.mark.parametrize(
        "upper", [{"a": b""}, {"a": "b"}, {".wh.a": b""}, {"a/.wh.b": b""}, {"a/.wh..wh..opq": b""}]
    )
    def test_a_layer_that_hides_its_folder(self, upper: dict[str, Any], registry: Registry, get: Get) -> None:
        image = registry.image([tar_of({"a/b/c": MANAGER}), tar_of(upper)])
        assert "takes a/b/c away" in refused(get, image, members={"tool": "a/b/c"})

    def test_an_image_without_it(self, registry: Registry, get: Get, home: Path) -> None:
        image = registry.image([tar_of({"etc/passwd": b""}), tar_of({"a/.wh.manager": b""})])
        assert "no layer of the image holds manager" in refused(get, image)
        assert (cached(home), parts(home)) == ([], [])

    def test_a_layer_that_is_no_tar(self, registry: Registry, get: Get, home: Path) -> None:
        assert "cannot be unpacked" in refused(get, registry.image([b"\x28\xb5\x2f\xfd of zstd"]))
        assert (cached(home), parts(home)) == ([], [])

    @pytest.mark.parametrize("which", ["index", "manifest", "layer"])
    def test_a_wrong_digest(self, which: str, registry: Registry, get: Get, home: Path) -> None:
        manifest = registry.image([TOP])
        digests = {"manifest": manifest, "index": registry.index(amd64=manifest), "layer": registry.add(TOP)}
        registry.contents[digests[which]] = registry.contents[digests[which]][:-1] + b"?"
        told = refused(get, digests["index"])
        assert f"{digests[which]}: wrong SHA-256" in told
        assert (cached(home), parts(home)) == ([], [])

    def test_another_platform(self, registry: Registry, get: Get) -> None:
        arm = registry.image([TOP], "arm64")
        assert "is not there for linux/amd64, but for linux/arm64" in refused(get, registry.index(arm64=arm))
        assert "is not for linux/amd64, but for linux/arm64" in refused(get, arm)

    @pytest.mark.parametrize(
        ("manifest", "seen"),
        [
            (b"<html>", "no JSON, so"),
            (b"[1]", "no JSON object"),
            (b'{"manifests": 1}', "is not there for linux/amd64, but for none"),
            (b'{"layers": []}', "no SHA-256 or size: None"),
            (b" " * 4_000_001, "that is no manifest"),
            (b"[" * 100_000, "no JSON, so"),
        ],
    )
    def test_what_is_no_manifest(self, manifest: bytes, seen: str, registry: Registry, get: Get) -> None:
        assert seen in refused(get, registry.add(manifest))

    @pytest.mark.parametrize(
        "layer", [{}, {"digest": "sha512:00", "size": 1}, {"digest": "sha256:../..", "size": 1}, 7]
    )
    def test_a_layer_that_is_not_described(self, layer: Any, registry: Registry, get: Get) -> None:
        config = registry.descriptor(registry.add({"os": "linux", "architecture": "amd64"}))
        assert "no SHA-256 or size" in refused(get, registry.add({"config": config, "layers": [layer]}))
        assert "has no layers" in refused(get, registry.add({"config": config, "layers": []}))

    def test_layers_far_bigger_than_pinned(self, registry: Registry, get: Get) -> None:
        config = registry.descriptor(registry.add({"os": "linux", "architecture": "amd64"}))
        layer = {"digest": f"sha256:{'1' * 64}", "size": 60_000_000}
        assert "far bigger" in refused(get, registry.add({"config": config, "layers": [layer]}))

    def test_a_token_that_does_not_help(self, registry: Registry, get: Get) -> None:
        registry.given = "another"
        assert "the server answers 401" in refused(get, registry.image([TOP]))
        assert len(registry.asked) == 3

    @pytest.mark.parametrize("given", ["", "a\r\nX: y", 7])
    def test_no_token(self, given: Any, registry: Registry, get: Get) -> None:
        registry.given = given
        assert "the answer holds no token" in refused(get, registry.image([TOP]))

    @pytest.mark.parametrize("realm", ["http://auth.example/token", "", "file:///etc/passwd"])
    def test_a_token_from_no_https_address(self, realm: str, registry: Registry, get: Get) -> None:
        registry.realm = realm
        assert "that is no https address" in refused(get, registry.image([TOP]))

    def test_a_service_of_tokens_that_refuses(self, registry: Registry, get: Get) -> None:
        registry.token_status = [403]
        told = refused(get, registry.image([TOP]))
        assert f"/{AUTH}/token?service=" in told
        assert "the server answers 403" in told

    def test_a_file_that_would_fill_the_disk(self, registry: Registry, get: Get, home: Path) -> None:
        member = tarfile.TarInfo("manager")
        member.size = 10**10
        assert "has 10000000000 bytes" in refused(get, registry.image([member.tobuf()]))
        assert (cached(home), parts(home)) == ([], [])

    def test_a_missing_blob(self, registry: Registry, get: Get) -> None:
        image = registry.image([TOP])
        registry.status[registry.add(TOP)] = 404
        assert "the server answers 404" in refused(get, image)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="missing capability: openssl makes the certificate")
@pytest.mark.parametrize(("redirect", "seen"), [("cdn", ("cdn", "")), ("own", ("registry", "letmein"))])
def test_a_token_follows_a_redirection_on_its_own_host_only(
    redirect: str, seen: tuple[str, str], tmp_path: Path, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate, both = tmp_path / "key", tmp_path / "cert", tmp_path / "both"
    names = "subjectAltName=IP:127.0.0.1,DNS:localhost"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*make, *files, "-subj", "/CN=test", "-addext", names], check=True, capture_output=True)
    both.write_text(key.read_text() + certificate.read_text())
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    registry = Registry(tls=both, redirect=redirect)
    monkeypatch.setenv("CKSLAB_DOWNLOADS", registry.base)
    try:
        assert get(registry.index(amd64=registry.image([TOP]))) == MANAGER
    finally:
        registry.close()
    assert [(one.server, one.bearer) for one in registry.asked][-2:] == [("registry", "letmein"), seen]


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_gatekeepers_manager_is_pinned_as_an_image(arch: str) -> None:
    pins = load(None, arch)
    (image,) = pins.component_of("gatekeeper").artefacts
    assert image.image
    assert image.url.endswith(f"/v2/openpolicyagent/gatekeeper/manifests/sha256:{image.sha256}")
    assert image.members == {"gatekeeper": "manager"}


def test_gator_is_only_built_and_its_absence_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    progress = Recorded()
    assert ensure(["gator"], progress, pins=load(None, "amd64")) == {}
    assert progress.steps == []
    missing = locate(["gator"], pins=load(None, "amd64"))["gator"]
    assert isinstance(missing, Missing)
    assert "downloads" not in missing.advice
