"""What an image is: layers one over the other as containerd lays them, within bounds, and nothing that lies is believed."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import tarfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckslab.cluster.image_archive import Entry, Image, ImageConfig, archive_bytes
from ckslab.cluster.lab_images import LabImage, made
from ckslab.image_tree import archive as reading
from ckslab.image_tree.archive import read_image
from ckslab.image_tree.image import TooLarge, Unreadable
from ckslab.image_tree.layers import tree_of


def tar(*members: tuple[str, str] | tuple[str, str, int]) -> bytes:
    """Of (name, content): "->x" is a link, "=>x" a hard link, "/" a folder, "dev" a device."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as made_tar:
        for name, content, *mode in members:
            info = tarfile.TarInfo(name)
            info.mode = mode[0] if mode else 0o644
            data = b""
            if content.startswith(("->", "=>")):
                info.type = tarfile.SYMTYPE if content[0] == "-" else tarfile.LNKTYPE
                info.linkname = content[2:]
            elif content in ("/", "dev"):
                info.type = tarfile.DIRTYPE if content == "/" else tarfile.CHRTYPE
            else:
                data = content.encode()
                info.size = len(data)
            made_tar.addfile(info, io.BytesIO(data))
    return target.getvalue()


def names(*layers: bytes) -> set[str]:
    return {path for path, entry in tree_of(layers)[0].items() if entry.kind != "folder"}


def test_a_later_layer_removes_replaces_and_empties() -> None:
    below = tar(("a/one", "1"), ("a/two", "2"), ("b", "x"), ("c/deep/er", "y"))
    assert names(below, tar(("a/.wh.one", ""))) == {"/a/two", "/b", "/c/deep/er"}
    assert names(below, tar(("a/new", "3"), ("a/.wh..wh..opq", ""))) == {"/a/new", "/b", "/c/deep/er"}
    assert names(below, tar((".wh.c", ""), ("b", "/"), ("b/in", "z"))) == {"/a/one", "/a/two", "/b/in"}
    assert names(below, tar(("c", "a file now"))) == {"/a/one", "/a/two", "/b", "/c"}
    again, covered = tree_of([below, tar(("a", "/", 0o555))])
    assert not covered
    assert again["/a"].mode == 0o555
    assert "/a/one" in again


def test_no_name_leads_out_and_a_link_on_the_way_is_followed_inside() -> None:
    assert names(tar(("../../x", "1"), ("/abs", "2"), ("./a/../b", "3"))) == {"/x", "/abs", "/b"}
    linked = tar(("usr/bin", "/"), ("bin", "->usr/bin"), ("up", "->../../../usr"), ("out", "->/usr"))
    assert names(linked, tar(("bin/sh", "s"), ("up/a", "a"), ("out/b", "b"))) >= {"/usr/bin/sh", "/usr/a", "/usr/b"}
    assert tree_of([tar(("a", "1", 0o755), ("b", "=>a"))])[0]["/b"] == tree_of([tar(("a", "1", 0o755))])[0]["/a"]
    assert tree_of([tar(("null", "dev"))])[0]["/null"].kind == "other"


@pytest.mark.parametrize(
    ("above", "covered"),
    [
        (tar(("a/.wh.one", "")), {"/a/one"}),
        (tar(("a/.wh..wh..opq", ""), ("a/two", "3")), {"/a/one", "/a/two"}),
        (tar((".wh.c", "")), {"/c/deep/er"}),
        (tar(("c", "a file now"), ("b", "new")), {"/b", "/c/deep/er"}),
        (tar(("a/new", "1"), ("a", "/", 0o700)), set()),
    ],
)
def test_what_a_layer_removes_is_told(above: bytes, covered: set[str]) -> None:
    below = tar(("a/one", "1"), ("a/two", "2"), ("b", "x"), ("c/deep/er", "y"))
    assert {path for path, _ in tree_of([below, above])[1]} == covered


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x01\0", "object"),
        (b"\x7fELF\x02\x02\x01" + bytes(9) + b"\0\x01", "object"),
        (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\0", "program"),
        (b"!<arch>\n/               0", "archive"),
        (b"!<arch>\ndebian-binary   1342943816  0     0     100644  4         `\n2.0\n", ""),
        (b"#!/bin/sh\n", ""),
    ],
)
def test_a_file_is_what_its_first_bytes_say(content: bytes, form: str) -> None:
    archive = archive_bytes([Image("lab/x:1", ((Entry("/a", content),),), ImageConfig())], "amd64")
    assert read_image(archive).files["/a"].form == form


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_the_text_of_a_small_file_is_told_packed_or_not(pack: Callable[[bytes], bytes]) -> None:
    def text(content: bytes) -> str:
        return read_image(layout([_tar_of(content)])).files["/a"].text

    assert text(pack(b"int main;\n")) == "int main;\n"
    assert text(pack(b"0" * 100_000)) == ""
    assert "main" not in text(pack(b"int main;\n")[:4])


def _tar_of(content: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as made_tar:
        info = tarfile.TarInfo("a")
        info.size = len(content)
        made_tar.addfile(info, io.BytesIO(content))
    return target.getvalue()


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        (b"no tar at all" * 100, "is no tar"),
        (tar(("a", "->b"), ("b", "->a"), ("a/c", "x")), "in circles"),
        (tar(("a", "=>nowhere")), "which is not there"),
        (tar(("/".join("d" * 300), "x")), "folders in more than"),
    ],
)
def test_what_cannot_be_applied_is_told(layer: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        tree_of([layer])


def test_an_image_is_read_from_the_archive_that_ckslab_makes() -> None:
    gcc = read_image(
        archive_bytes([made(LabImage("lab/gcc:1", base="gcc", user="7", cmd=("sh",)), "amd64")], "amd64")
    )
    assert gcc.config.user == "7"
    assert gcc.config.cmd == ("sh",)
    assert [path for path, entry in gcc.files.items() if entry.compiler] == ["/usr/bin/tcc"]
    assert gcc.size > 4_000_000
    plain = read_image(archive_bytes([made(LabImage("lab/bb:1", base="busybox"), "amd64")], "amd64"))
    assert not any(entry.compiler for entry in plain.files.values())
    assert plain.files["/bin/sh"].target == "/bin/busybox"
    assert gcc.config.differences(plain.config)[0] == "its user"
    assert "/usr/bin/tcc" in gcc.differences(plain)
    assert gcc.differences(gcc) == ()


def layout(layers: list[bytes], diff_ids: list[str] | None = None, config: object = None) -> bytes:
    def digest(data: bytes) -> str:
        return f"sha256:{hashlib.sha256(data).hexdigest()}"

    plain = [gzip.decompress(one) if one[:2] == b"\x1f\x8b" else one for one in layers]
    document = json.dumps(
        {"rootfs": {"diff_ids": diff_ids or [digest(one) for one in plain]}, "config": config or {}}
    ).encode()
    manifest = json.dumps(
        {"config": {"digest": digest(document)}, "layers": [{"digest": digest(one)} for one in layers]}
    ).encode()
    index = json.dumps({"manifests": [{"digest": digest(manifest)}]}).encode()
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as whole:
        parts = {f"blobs/sha256/{digest(one)[7:]}": one for one in (*layers, document, manifest)}
        for name, data in {**parts, "index.json": index}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            whole.addfile(info, io.BytesIO(data))
    return target.getvalue()


def test_all_that_a_configuration_says_is_compared() -> None:
    plain, other, empty = (
        read_image(layout([tar(("a", "1"))], config={"User": "app", **more})).config
        for more in (
            {"StopSignal": "TERM"},
            {"Labels": {"a": "b"}, "Volumes": {"/v": {}}},
            {"StopSignal": "TERM", "Labels": None, "Volumes": {}},
        )
    )
    assert plain.differences(other) == ("its Labels", "its StopSignal", "its Volumes")
    assert plain.differences(empty) == ()


def test_layers_may_be_packed_and_a_null_is_nothing() -> None:
    image = read_image(layout([gzip.compress(tar(("a", "1")))], config={"User": "app", "Cmd": None}))
    assert (image.config.user, image.config.cmd, image.layers) == ("app", (), 1)
    assert set(image.files) == {"/a"}


@pytest.mark.parametrize(
    ("archive", "why"),
    [
        (b"", "no tar|makes no sense"),
        (layout([tar(("a", "1"))], ["sha256:" + "0" * 64]), "not what the configuration says"),
        (layout([tar(("a", "1"))], ["sha256:" + "0" * 64] * 2), "tells of 2 layers, and there are 1"),
        (layout([tar(("a", "1"))] * 200), "200 layers"),
        (layout([tar(("a", "1"))], config={"Cmd": 7}), "configuration makes no sense"),
        (layout([b"\x28\xb5\x2f\xfd" + b"x"]), "zstd"),
        (layout([b"x" * 600]), "no tar"),
        (layout([tar(("a", "1"))]).replace(b'"layers"', b'"lavers"'), "not what its digest says"),
    ],
)
def test_an_image_that_lies_is_not_believed(archive: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_image(archive)


def test_a_layer_that_unpacks_to_too_much_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED", 4096)
    bomb = layout([gzip.compress(tar(("a", "0" * 100_000)))])
    with pytest.raises(TooLarge, match="which is not looked into"):
        read_image(bomb)


@given(st.integers(0, 20_000), st.binary(min_size=1, max_size=40))
def test_no_archive_raises_anything_else(at: int, piece: bytes) -> None:
    good = layout([tar(("a/b", "1"), ("c", "->a"), ("c/.wh.b", ""))])
    at %= len(good)
    try:
        read_image(good[:at] + piece + good[at + len(piece) :])
    except Unreadable:
        pass


def test_an_image_of_our_own_without_a_layer_of_files() -> None:
    archive = archive_bytes([Image("lab/x:1", ((Entry("/a", b"1", 0o4755),),), ImageConfig(user="1:2"))], "amd64")
    entry = read_image(archive).files["/a"]
    assert (entry.mode, entry.size, entry.executable) == (0o4755, 1, True)
