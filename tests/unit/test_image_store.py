"""A node's image store is read off its manifests, and only what is as its digest says is taken."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

from ckslab.cluster.node.image_store import MAX_IMAGES, stored_images
from ckslab.errors import LabError
from ckslab.kubernetes.image_digests import StoredImage

CONFIG, ARM = f"sha256:{'c' * 64}", f"sha256:{'d' * 64}"
NAME = "registry.k8s.io/kube-apiserver"


def blob(content: Any) -> tuple[str, bytes]:
    data = json.dumps(content).encode()
    return f"sha256:{hashlib.sha256(data).hexdigest()}", data


def manifest(config: str, note: str = "") -> tuple[str, bytes]:
    return blob({"schemaVersion": 2, "config": {"digest": config, "size": 7}, "layers": [], "note": note})


def index(*manifests: str) -> tuple[str, bytes]:
    return blob(
        {"schemaVersion": 2, "manifests": [{"digest": one, "platform": {"os": "linux"}} for one in manifests]}
    )


class Store:
    """A node whose store has these names, and these contents by digest."""

    def __init__(self, names: Mapping[str, str], contents: Mapping[str, bytes], code: int = 0) -> None:
        self.names, self.contents, self.code = names, contents, code

    def run(self, argv: list[str], *, stdin: bytes = b"", timeout: float = 20.0) -> Any:
        if argv[-1] == "ls":
            rows = "".join(f"{name} type {digest} 9 MiB linux/amd64 -\n" for name, digest in self.names.items())
            return subprocess.CompletedProcess(argv, 0, f"REF TYPE DIGEST\n{rows}".encode(), b"")
        lines = []
        for digest in stdin.decode().split():
            lines.append(f"{digest} {base64.b64encode(self.contents.get(digest, b'')).decode()}\n")
        return subprocess.CompletedProcess(argv, self.code, "".join(lines).encode(), b"why")


def read(names: Mapping[str, str], *contents: tuple[str, bytes]) -> tuple[StoredImage, ...]:
    node: Any = Store(names, dict(contents))
    return stored_images(node)


def test_an_image_of_an_archive_has_a_manifest_and_an_id() -> None:
    one = manifest(CONFIG)
    names = {f"{NAME}:v1": one[0], f"{NAME}@{one[0]}": one[0], CONFIG: one[0]}
    known_as = (f"{NAME}:v1", f"{NAME}@{one[0]}")  # its ID is no name
    assert read(names, one) == (StoredImage(known_as, frozenset({one[0]}), frozenset({CONFIG})),)


def test_an_image_of_an_index_has_the_digests_of_both_and_of_the_platforms_that_are_there() -> None:
    here, absent = manifest(CONFIG), manifest(ARM)
    whole = index(here[0], absent[0])
    assert read({f"{NAME}:v1": whole[0]}, whole, here) == (
        StoredImage((f"{NAME}:v1",), frozenset({whole[0], here[0]}), frozenset({CONFIG})),
    )
    assert read({f"{NAME}:v1": whole[0]}, whole, here, absent)[0].ids == {CONFIG, ARM}


def test_two_ways_to_one_image_are_one_image() -> None:
    here = manifest(CONFIG)
    whole = index(here[0])
    found = read({f"{NAME}:v1": whole[0], f"{NAME}@{here[0]}": here[0]}, whole, here)
    assert found == (
        StoredImage((f"{NAME}:v1", f"{NAME}@{here[0]}"), frozenset({whole[0], here[0]}), frozenset({CONFIG})),
    )


def test_images_of_other_configurations_are_others() -> None:
    one, other = manifest(CONFIG), manifest(ARM)
    assert len(read({"a.lab/a:1": one[0], "a.lab/b:1": other[0]}, one, other)) == 2
    same = manifest(CONFIG, "made by somebody else")
    assert len(read({"a.lab/a:1": one[0], "a.lab/b:1": same[0]}, one, same)) == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b'{"config": {"digest": "sha256:0"}}', b'{"config": 7}', b"\xff", b'{"manifests": []}'],
)
def test_what_makes_no_sense_is_no_image(data: bytes) -> None:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert read({f"{NAME}:v1": digest}, (digest, data)) == ()


def test_what_is_not_as_its_digest_says_is_no_image() -> None:
    one, other = manifest(CONFIG), manifest(ARM)
    assert read({f"{NAME}:v1": one[0]}, (one[0], other[1])) == ()


def test_a_store_without_end_is_cut() -> None:
    one = manifest(CONFIG)
    names = {f"a.lab/a:{number}": one[0] for number in range(2 * MAX_IMAGES)}
    assert len(read(names, one)[0].names) == MAX_IMAGES


def test_a_store_that_is_not_read_is_an_error() -> None:
    one = manifest(CONFIG)
    node: Any = Store({f"{NAME}:v1": one[0]}, dict([one]), code=1)
    with pytest.raises(LabError, match="cannot be read"):
        stored_images(node)
