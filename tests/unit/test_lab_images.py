"""Images of the lab's own: what each base has, what a scenario changes in it, and that it says what it is."""

from __future__ import annotations

import hashlib
import io
import json
import posixpath
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from ckslab.cluster.image_archive import Image, pack, write_archive
from ckslab.cluster.lab_images import BASES, PUBLIC, LabImage, made, programs
from ckslab.cluster.lab_images.alpine.installed import MACHINES
from ckslab.cluster.lab_images.alpine.releases import RELEASES, release_of
from ckslab.cluster.lab_images.alpine.repository import later_version
from ckslab.cluster.lab_images.lab_image import WAIT
from ckslab.cluster.lab_images.on_node import laid_images, write_stored
from ckslab.errors import LabError
from ckslab.kubernetes.image_reference import parse_image_reference
from ckslab.scenario.image_document import IMAGE_BASES, RELEASED

ARCHITECTURES = ("amd64", "arm64")
BIN = Path(programs.__file__).parent / "bin"


def root(image: Image, architecture: str = "amd64") -> dict[str, tarfile.TarInfo]:
    """All that the image's layers hold, by path."""
    found = {}
    for layer in pack(image, architecture).layers:
        with tarfile.open(fileobj=io.BytesIO(layer.read())) as tar:
            found |= {f"/{one.name}": one for one in tar}
    return found


def text(image: Image, path: str) -> str:
    content = next(entry.content for layer in reversed(image.layers) for entry in layer if entry.path == path)
    assert isinstance(content, bytes)
    return content.decode()


def config(image: Image) -> dict[str, Any]:
    return json.loads(pack(image, "amd64").config.read())["config"]  # type: ignore[no-any-return]


def packages(image: Image) -> dict[str, dict[str, str]]:
    stanzas = text(image, "/lib/apk/db/installed").strip().split("\n\n")
    listed = [dict(line.split(":", 1) for line in stanza.splitlines()) for stanza in stanzas]
    return {one["P"]: one for one in listed}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("base", BASES)
def test_base_is_the_same_whenever_it_is_made(base: str, architecture: str) -> None:
    digests = [pack(made(LabImage("a:1", base), architecture), architecture).manifest.digest for _ in range(2)]
    assert digests[0] == digests[1]


@pytest.mark.parametrize("base", BASES)
def test_base_says_what_it_is(base: str) -> None:
    labels = config(made(LabImage("a:1", base), "amd64"))["Labels"]
    assert labels["org.opencontainers.image.title"] == base
    assert labels["org.opencontainers.image.description"].startswith("Made by ckslab: ")
    if base != "static":
        assert "stand-in" in labels["org.opencontainers.image.description"]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("base", BASES)
def test_links_lead_to_what_is_there_and_programs_need_no_library(base: str, architecture: str) -> None:
    image = made(LabImage("a:1", base), architecture)
    found = root(image, architecture)
    for path, one in found.items():
        if one.issym():
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), one.linkname))
            assert target in found, path
    binaries = [
        entry.content
        for layer in image.layers
        for entry in layer
        if isinstance(entry.content, bytes) and entry.content.startswith(b"\x7fELF") and entry.mode & 0o100
    ]
    assert binaries
    machine = {"amd64": 62, "arm64": 183}[architecture]
    for content in binaries:
        assert int.from_bytes(content[18:20], "little") == machine  # e_machine
        assert not _interpreter(content)


def _interpreter(elf: bytes) -> bool:
    """Whether a program header is PT_INTERP (elf(5)): the program asks for a dynamic linker."""
    start, size, count = int.from_bytes(elf[32:40], "little"), elf[54], elf[56]
    return any(elf[start + at * size] == 3 for at in range(count))


def test_alpine_has_the_tools_of_a_dockerfile() -> None:
    found = root(made(LabImage("a:1", "alpine"), "amd64"))
    for tool in (
        "sh",
        "adduser",
        "addgroup",
        "wget",
        "nslookup",
        "vi",
        "id",
        "cat",
        "chmod",
        "chown",
        "httpd",
        "nc",
    ):
        assert [path for path in found if path.endswith(f"bin/{tool}")], tool
    assert found["/tmp"].mode == found["/var/tmp"].mode == 0o1777
    assert found["/etc/shadow"].mode == 0o640
    assert found["/sbin/apk"].mode == 0o755


def test_distroless_has_no_shell_and_an_account_that_is_not_root() -> None:
    image = made(LabImage("a:1", "distroless"), "amd64")
    assert not [path for path in root(image) if path.endswith(("/sh", "/bash", "/busybox", "/apk"))]
    assert "nonroot:x:65532:65532:" in text(image, "/etc/passwd")
    assert config(image)["User"] == "65532"
    assert root(image)["/home/nonroot"].uid == 65532


@pytest.mark.parametrize("release", RELEASES, ids=lambda one: one.version)
def test_alpine_lists_the_packages_of_its_release(release: Any) -> None:
    image = made(LabImage("a:1", "alpine", release=release.version), "arm64")
    assert text(image, "/etc/alpine-release") == f"{release.version}\n"
    assert f"VERSION_ID={release.version}\n" in text(image, "/etc/os-release")
    listed = packages(image)
    assert {name: one["V"] for name, one in listed.items()} == release.packages
    assert {one["A"] for one in listed.values()} == {MACHINES["arm64"]}
    assert listed["libcrypto3"]["o"] == "openssl"


def test_packages_of_a_scenario_are_listed_beside_and_instead() -> None:
    image = made(
        LabImage("a:1", "alpine", release="3.19.7", packages={"openssl": "3.1.4-r1", "zlib": "1.2.0-r0"}), "amd64"
    )
    listed = {name: one["V"] for name, one in packages(image).items()}
    assert listed == {**release_of("3.19").packages, "openssl": "3.1.4-r1", "zlib": "1.2.0-r0"}
    assert text(image, "/etc/alpine-release") == "3.19.7\n"


def test_release_that_is_not_there_is_named() -> None:
    with pytest.raises(LabError, match=r"no Alpine Linux 3\.2\.1"):
        made(LabImage("a:1", "alpine", release="3.2.1"), "amd64")


def test_scenario_changes_what_it_names_and_nothing_else() -> None:
    image = LabImage(
        "a:1",
        "alpine",
        files={"/etc/passwd": b"own\n", "/srv/app/a": b"a"},
        user="10001",
        env={"A": "1"},
        labels={"team": "red"},
        cmd=("id",),
    )
    found, said = made(image, "amd64"), config(made(image, "amd64"))
    assert text(found, "/etc/passwd") == "own\n"
    assert text(found, "/srv/app/a") == "a"
    assert said["User"] == "10001"
    assert said["Cmd"] == ["id"]
    assert "Entrypoint" not in said
    assert {one.split("=")[0] for one in said["Env"]} == {"A", "PATH"}
    assert said["Labels"]["team"] == "red"
    assert said["Labels"]["org.opencontainers.image.title"] == "alpine"


def test_entrypoint_of_its_own_takes_no_command_of_the_base() -> None:
    assert config(made(LabImage("a:1", "busybox", entrypoint=("/bin/httpd", "-f")), "amd64")).get("Cmd") is None
    both = config(made(LabImage("a:1", "busybox", entrypoint=("sh",), cmd=("-c", "id")), "amd64"))
    assert (both["Entrypoint"], both["Cmd"]) == (["sh"], ["-c", "id"])


def test_image_that_names_nothing_runs_as_a_pod() -> None:
    waiting = config(made(LabImage("a:1", "alpine"), "amd64"))
    assert (waiting["Cmd"], waiting.get("Entrypoint")) == (list(WAIT), None)
    assert config(made(LabImage("a:1"), "amd64"))["Entrypoint"] == ["/pause"]
    assert config(made(LabImage("a:1", "alpine", waits=False), "amd64"))["Cmd"] == ["/bin/sh"]


def test_public_names_are_whole_and_run_as_the_public_images_do() -> None:
    for reference, image in PUBLIC.items():
        assert str(parse_image_reference(reference)) == reference == image.reference
    assert {"docker.io/library/alpine:3.20", "docker.io/library/gcc:13", "docker.io/library/busybox:1.36"} <= set(
        PUBLIC
    )
    assert config(made(PUBLIC["docker.io/library/alpine:3.20"], "amd64"))["Cmd"] == ["/bin/sh"]
    assert text(made(PUBLIC["docker.io/library/alpine:3.19"], "amd64"), "/etc/alpine-release").startswith("3.19.")
    nonroot = config(made(PUBLIC["gcr.io/distroless/static-debian12:nonroot"], "amd64"))
    assert (nonroot["User"], nonroot.get("Entrypoint")) == ("65532", None)


def test_a_scenario_may_name_every_base_and_branch() -> None:
    assert set(IMAGE_BASES) == set(BASES)
    assert tuple(release.branch for release in RELEASES) == RELEASED


def test_images_that_lie_on_the_node_are_archives_and_not_in_its_store(tmp_path: Path) -> None:
    images = [LabImage("a:1", archive="/opt/a.tar"), LabImage("b:1"), LabImage("c:1", archive="/opt/a.tar")]
    (laid,) = laid_images(images, "amd64")
    write_archive(tmp_path / "a.tar", [made(images[0], "amd64"), made(images[2], "amd64")], "amd64")
    assert laid.path == "/opt/a.tar"
    assert laid.data == (tmp_path / "a.tar").read_bytes()
    write_stored(tmp_path / "stored.tar", images, "amd64")
    with tarfile.open(tmp_path / "stored.tar") as tar:
        manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert [one["RepoTags"] for one in manifest] == [["b:1"]]
    with tarfile.open(tmp_path / "stored.tar") as tar:
        index = json.load(tar.extractfile("index.json"))["manifests"]  # type: ignore[arg-type]
    names = [one["annotations"]["io.containerd.image.name"] for one in index]
    assert names == ["docker.io/library/b:1", f"docker.io/library/b@{index[0]['digest']}"]
    write_stored(tmp_path / "none.tar", images[:1], "amd64")
    assert not (tmp_path / "none.tar").exists()


def test_shipped_programs_are_those_that_are_listed() -> None:
    listed = dict(line.split("  ")[::-1] for line in (BIN / "SHA256SUMS").read_text().splitlines())
    assert set(listed) == {
        "applets",
        *(f"busybox-{a}" for a in ARCHITECTURES),
        *(f"cc-{a}.tar" for a in ARCHITECTURES),
    }
    for architecture in ARCHITECTURES:
        assert hashlib.sha256(programs.busybox(architecture)).hexdigest() == listed[f"busybox-{architecture}"]
        assert {entry.path for entry in programs.compiler(architecture)} >= {
            "/usr/bin/tcc",
            "/usr/lib/crt1.o",
            "/usr/lib/libc.a",
            "/usr/lib/tcc/libtcc1.a",
            "/usr/include/stdio.h",
        }


def test_architecture_without_programs_is_named() -> None:
    with pytest.raises(LabError, match="riscv64"):
        made(LabImage("a:1", "busybox"), "riscv64")


@pytest.mark.parametrize("script", ["alpine/apk.sh", "gcc.sh", "programs/build.sh"])
def test_scripts_are_whole(script: str) -> None:
    path = Path(programs.__file__).parent.parent / script
    assert subprocess.run(["sh", "-n", path], capture_output=True, check=False).stderr == b""


@pytest.mark.parametrize(
    ("version", "comes"), [("0.19.0-r3", "0.19.0-r4"), ("1.2-r9", "1.2-r10"), ("2024", "2024-r1")]
)
def test_the_next_build_of_a_package_begins_with_the_same_version(version: str, comes: str) -> None:
    assert later_version(version) == comes


def test_alpine_has_what_it_can_install_in_itself_and_what_comes_after_it() -> None:
    image = made(LabImage("a:1", "alpine", release="3.20.3", available={"tini": "0.19.0-r3"}), "amd64")
    assert text(image, "/etc/apk/repositories") == (
        "/usr/share/apk/v3.20/main\n@later /usr/share/apk/later/v3.20/main\n"
    )
    found = {path for path in root(image) if path.startswith("/usr/share/apk/")}
    assert "/usr/share/apk/v3.20/main/x86_64/tini-0.19.0-r3.apk" in found
    assert "/usr/share/apk/v3.20/main/x86_64/tini-0.19.0-r4.apk" not in found
    for name in ("tini-0.19.0-r4", "zlib-1.3.1-r2"):
        assert f"/usr/share/apk/later/v3.20/main/x86_64/{name}.apk" in found
    assert "tini" not in packages(image)
