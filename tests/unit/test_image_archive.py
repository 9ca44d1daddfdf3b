"""Images made by ckslab: the same bytes for the same files, read alike as docker-archive and as OCI layout."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckslab.cluster.image_archive import Entry, Image, ImageConfig, pack, pack_all, write_archive
from ckslab.errors import LabError

CONFIG = ImageConfig(
    entrypoint=("/bin/sh", "-c"),
    cmd=("id",),
    env={"PATH": "/bin", "A": "ä"},
    user="10001:0",
    working_dir="/srv",
    labels={"b": "2", "a": "1"},
    exposed_ports=("8080/tcp",),
    volumes=("/data",),
    stop_signal="SIGINT",
)


def web(tmp_path: Path, reference: str = "registry.lab/web:1.4") -> Image:
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF" + bytes(3000))
    base = (
        Entry("/usr/bin/web", program, 0o755),
        Entry.link("/bin", "usr/bin"),
        Entry.folder("/tmp", 0o1777),
        Entry("/etc/passwd", b"root:x:0:0::/:/bin/sh\n"),
    )
    above = (Entry("/etc/shadow", b"root:*::0:::::\n", 0o640, 0, 42), Entry("/tmp/a", b"", 0o600, 10001, 10001))
    return Image(reference, (base, above), CONFIG)


def members(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar if one.isreg()}  # type: ignore[union-attr]


def layer(data: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return tar.getmembers()


def test_every_blob_is_named_by_what_it_holds(tmp_path: Path) -> None:
    packed = write_archive(tmp_path / "web.tar", [web(tmp_path)], "amd64")[0]
    blobs = {name: data for name, data in members(tmp_path / "web.tar").items() if name.startswith("blobs/")}
    assert blobs
    assert all(name == "blobs/sha256/" + hashlib.sha256(data).hexdigest() for name, data in blobs.items())
    assert {f"sha256:{name.rsplit('/')[-1]}": len(data) for name, data in blobs.items()} == {
        digest: blob.size for digest, blob in packed.blobs.items()
    }
    assert all(blob.read() == blobs[blob.path] for blob in packed.blobs.values())


def test_index_leads_to_manifest_to_config_and_layers(tmp_path: Path) -> None:
    packed = write_archive(tmp_path / "web.tar", [web(tmp_path)], "arm64")[0]
    found = members(tmp_path / "web.tar")
    assert json.loads(found["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    (described,) = json.loads(found["index.json"])["manifests"]
    assert described["digest"] == packed.manifest.digest
    assert described["platform"] == {"architecture": "arm64", "os": "linux"}
    assert described["annotations"] == {
        "io.containerd.image.name": "registry.lab/web:1.4",
        "org.opencontainers.image.ref.name": "1.4",
    }
    manifest = json.loads(found[packed.manifest.path])
    assert manifest["config"]["digest"] == packed.config.digest
    assert [one["digest"] for one in manifest["layers"]] == [one.digest for one in packed.layers]
    config = json.loads(found[packed.config.path])
    assert config["rootfs"]["diff_ids"] == [one.digest for one in packed.layers]
    assert len(config["history"]) == 2
    assert config["architecture"] == "arm64"


def test_docker_load_finds_the_same_configuration_and_layers(tmp_path: Path) -> None:
    packed = write_archive(tmp_path / "web.tar", [web(tmp_path)], "amd64")[0]
    assert json.loads(members(tmp_path / "web.tar")["manifest.json"]) == [
        {
            "Config": packed.config.path,
            "RepoTags": ["registry.lab/web:1.4"],
            "Layers": [one.path for one in packed.layers],
        }
    ]


def test_configuration_says_how_a_container_runs(tmp_path: Path) -> None:
    assert json.loads(pack(web(tmp_path), "amd64").config.read())["config"] == {
        "Entrypoint": ["/bin/sh", "-c"],
        "Cmd": ["id"],
        "Env": ["A=ä", "PATH=/bin"],
        "User": "10001:0",
        "WorkingDir": "/srv",
        "Labels": {"a": "1", "b": "2"},
        "ExposedPorts": {"8080/tcp": {}},
        "Volumes": {"/data": {}},
        "StopSignal": "SIGINT",
    }
    assert json.loads(pack(Image("a"), "amd64").config.read())["config"] == {}


def test_entries_have_their_owner_rights_and_kind(tmp_path: Path) -> None:
    below, above = (layer(one.read()) for one in pack(web(tmp_path), "amd64").layers)
    assert [(one.name, one.mode, one.type) for one in below] == [
        ("bin", 0o777, tarfile.SYMTYPE),
        ("etc", 0o755, tarfile.DIRTYPE),
        ("etc/passwd", 0o644, tarfile.REGTYPE),
        ("tmp", 0o1777, tarfile.DIRTYPE),
        ("usr", 0o755, tarfile.DIRTYPE),
        ("usr/bin", 0o755, tarfile.DIRTYPE),
        ("usr/bin/web", 0o755, tarfile.REGTYPE),
    ]
    assert below[0].linkname == "usr/bin"
    assert [(one.name, one.mode, one.uid, one.gid) for one in above] == [
        ("etc/shadow", 0o640, 0, 42),
        ("tmp/a", 0o600, 10001, 10001),
    ]
    assert {(one.mtime, one.uname, one.gname) for one in [*below, *above]} == {(0, "", "")}


def test_layer_above_leaves_folders_and_links_below_as_they_are(tmp_path: Path) -> None:
    below = (Entry.folder("/var", 0o700, 7, 7), Entry.link("/bin", "usr/bin"), Entry.folder("/usr/bin"))
    above = (Entry("/var/log/a", b"a"), Entry("/bin/sh", b"s", 0o755), Entry("/new/b", b"b"))
    names = [one.name for one in layer(pack(Image("a", (below, above)), "amd64").layers[1].read())]
    assert names == ["bin/sh", "new", "new/b", "var/log", "var/log/a"]


def test_when_and_where_it_is_made_does_not_matter(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        image = web(folder)
        os.utime(folder / "program", (1, 1))
        layers = tuple(layer if name == "one" else layer[::-1] for layer in image.layers)
        write_archive(folder / "a.tar", [Image(image.reference, layers, image.config)], "amd64")
        made.append((folder / "a.tar").read_bytes())
    assert made[0] == made[1]


def test_digests_are_what_they_always_were() -> None:
    """A digest that changes is another image for everybody who wrote it down: change it on purpose only."""
    packed = pack(Image("a:1", ((Entry("/a", b"a"),),), ImageConfig(cmd=("/a",))), "amd64")
    assert [packed.layers[0].hex[:16], packed.config.hex[:16], packed.manifest.hex[:16]] == RECORDED


RECORDED = ["c69cf65f254f39e4", "592bf3b7f93747c5", "f8e44513851bbd79"]


def test_images_of_one_program_share_its_layer(tmp_path: Path) -> None:
    program = tmp_path / "pause"
    program.write_bytes(b"p" * 5000)
    references = [f"registry.lab/{name}" for name in "abc"]
    packed = write_archive(
        tmp_path / "a.tar", [Image.of_binary(one, program, "/pause") for one in references], "amd64"
    )
    assert len({one.manifest.digest for one in packed}) == 1
    found = members(tmp_path / "a.tar")
    assert len([name for name in found if name.startswith("blobs/")]) == 3
    names = [one["annotations"]["io.containerd.image.name"] for one in json.loads(found["index.json"])["manifests"]]
    assert names == [f"{one}:latest" for one in references]


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("alpine:3.20", "docker.io/library/alpine:3.20"),
        ("registry.lab:5000/app", "registry.lab:5000/app:latest"),
        ("gcr.io/distroless/static-debian12:nonroot", "gcr.io/distroless/static-debian12:nonroot"),
    ],
)
def test_store_knows_the_image_by_its_whole_name(tmp_path: Path, written: str, stored: str) -> None:
    packed = write_archive(tmp_path / "a.tar", [Image(written)], "amd64", by_digest=True)[0]
    listed = json.loads(members(tmp_path / "a.tar")["index.json"])["manifests"]
    assert [one["annotations"]["io.containerd.image.name"] for one in listed] == [
        stored,
        f"{stored.rsplit(':', 1)[0]}@{packed.manifest.digest}",
    ]


@pytest.mark.parametrize("name", ["", "Web", "a b", "a:b:c", "a@sha256:" + "0" * 64, "-a"])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LabError, match="cannot be called"):
        write_archive(tmp_path / "a.tar", [Image(name)], "amd64")


@pytest.mark.parametrize("path", ["", "a", "/", "/a/", "//a", "/a/../b", "/./a", "/a\0"])
def test_no_entry_leads_out_of_the_image(path: str) -> None:
    with pytest.raises(ValueError, match="not the plain path"):
        Entry(path, b"")


def test_path_that_a_layer_has_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        pack(Image("a", ((Entry("/a", b"1"), Entry("/a", b"2")),)), "amd64")


@pytest.mark.parametrize("taken", [Entry("/a", b"x"), Entry.link("/a", "b"), Entry.link("/a", "/d/../b")])
@pytest.mark.parametrize("together", [True, False])
def test_nothing_lies_in_a_file(taken: Entry, together: bool) -> None:
    file, inside = (Entry("/b", b"x"),), (Entry("/a/c", b"y"),)
    layers = ((*file, taken, *inside),) if together else ((*file, taken), inside)
    with pytest.raises(LabError, match="cannot have /a/c: /a is a file in it"):
        pack(Image("a", layers), "amd64")


def test_file_that_is_not_there_or_shrinks_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="gone cannot be read to be put into an image: No such file"):
        pack(Image.of_binary("a", tmp_path / "gone", "/a"), "amd64")
    program = tmp_path / "program"
    program.write_bytes(b"a" * 5000)
    packed = pack(Image.of_binary("a", program, "/a"), "amd64")
    program.write_bytes(b"a")
    with pytest.raises(LabError, match="became shorter"):
        packed.layers[0].read()


paths = st.lists(st.text("ab.ä", min_size=1, max_size=120).filter(lambda part: part not in (".", "..")), min_size=1)


@given(st.dictionaries(paths.map(lambda parts: "/" + "/".join(parts)), st.binary(max_size=2000), max_size=6))
def test_tar_gives_back_every_file(files: dict[str, bytes]) -> None:
    kept = {path: data for path, data in files.items() if not any(other.startswith(path + "/") for other in files)}
    entries = tuple(Entry(path, data, uid=3_000_000) for path, data in kept.items())
    (blob,) = pack_all([Image("a", (entries,))], "amd64")[0].layers
    with tarfile.open(fileobj=io.BytesIO(blob.read())) as tar:
        found = {f"/{one.name}": tar.extractfile(one).read() for one in tar if one.isreg()}  # type: ignore[union-attr]
        assert {one.uid for one in tar if one.isreg()} <= {3_000_000}
    assert found == kept
