"""Which names by digest a node's store lacks, by what `ctr images ls` prints."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from ckslab.cluster.node.image_names import missing_names, name_by_digest, names_in, stored_names
from ckslab.errors import LabError

A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
CONFIG = f"sha256:{'c' * 64}"
TYPE = "application/vnd.docker.distribution.manifest.v2+json"


def listing(*rows: tuple[str, str]) -> str:
    """As containerd 1.6 and 2.2 print it."""
    head = "REF                TYPE          DIGEST        SIZE      PLATFORMS   LABELS\n"
    lines = [
        f"{name} {TYPE} {digest} 98.6 MiB linux/amd64 io.cri-containerd.image=managed\n" for name, digest in rows
    ]
    return head + "".join(lines)


def test_a_listing_tells_each_name_with_its_digest() -> None:
    text = listing(("registry.k8s.io/etcd:3.6.6-0", A), (CONFIG, A))
    assert names_in(text) == {"registry.k8s.io/etcd:3.6.6-0": A, CONFIG: A}
    assert names_in("") == names_in(listing()) == {}


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        ({"registry.k8s.io/etcd:3.6": A}, {f"registry.k8s.io/etcd@{A}": "registry.k8s.io/etcd:3.6"}),
        ({"registry.k8s.io/etcd:3.6": A, f"registry.k8s.io/etcd@{A}": A}, {}),
        # of another image
        (
            {"registry.k8s.io/etcd:3.6": A, f"registry.k8s.io/etcd@{B}": B},
            {f"registry.k8s.io/etcd@{A}": "registry.k8s.io/etcd:3.6"},
        ),
        # an image's ID, what kind names by an import's day, and what has neither tag nor digest
        ({CONFIG: A, f"import-2026-01-02@{A}": A, "registry.lab/app": A, "not a name": A}, {}),
        # a port is no tag
        ({"registry.lab:5000/app:1": A}, {f"registry.lab:5000/app@{A}": "registry.lab:5000/app:1"}),
        # one name by digest for two tags of an image
        (
            {"docker.io/library/app:1": A, "docker.io/library/app:2": A},
            {f"docker.io/library/app@{A}": "docker.io/library/app:2"},
        ),
    ],
)
def test_names_that_a_pull_would_have_left(known: dict[str, str], missing: dict[str, str]) -> None:
    assert missing_names(known) == missing


class Store:
    """A node whose `ctr images ls` prints this, and which keeps what else it is told."""

    def __init__(self, prints: str, code: int = 0) -> None:
        self.prints, self.code = prints, code
        self.told: list[bytes] = []

    def run(self, argv: list[str], *, stdin: bytes = b"", timeout: float = 20.0) -> Any:
        if argv[-1] == "ls":
            return subprocess.CompletedProcess(argv, self.code, self.prints.encode(), b"no containerd")
        self.told.append(stdin)
        return subprocess.CompletedProcess(argv, 0, b"", b"")


def test_only_the_images_that_are_asked_for_are_named() -> None:
    node: Any = Store(listing(("a.lab/a:1", A), ("a.lab/b:1", B)))
    name_by_digest(node, ["a.lab/b:1"])
    assert node.told == [f"a.lab/b:1 a.lab/b@{B}\n".encode()]


def test_nothing_is_told_to_a_store_that_knows_all() -> None:
    node: Any = Store(listing(("a.lab/a:1", A), (f"a.lab/a@{A}", A)))
    name_by_digest(node)
    assert node.told == []


def test_a_store_that_does_not_answer_is_an_error_and_no_empty_one() -> None:
    node: Any = Store("", code=1)
    with pytest.raises(LabError, match="cannot be listed"):
        stored_names(node)
