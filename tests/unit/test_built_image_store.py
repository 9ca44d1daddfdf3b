"""The grader's look into the node's store: what is packed otherwise is unpacked there, and what is too large is told."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from ckslab.image_tree.image import TooLarge, Unreadable
from ckslab.needs.built_image import store
from tests.unit.test_image_tree import layout, tar

ZSTD = layout([b"\x28\xb5\x2f\xfd" + b"x"])
PLAIN = layout([tar(("a", "1"))])


class Node:
    """A node whose store has these archives by name, and converts the image `packed`."""

    def __init__(self, **archives: bytes) -> None:
        self.archives = archives

    def run(self, argv: list[str], *, stdin: bytes = b"", timeout: float = 20.0) -> Any:
        if "convert" in argv:
            self.archives[argv[-1]] = self.archives.pop("unpacked")
        held = self.archives.get(argv[-2], b"") if argv[0] == "/bin/sh" else b""
        return subprocess.CompletedProcess(argv, 0, held, b"no such image")


def test_layers_by_zstd_are_unpacked_by_the_node_under_a_name_that_goes_again() -> None:
    node: Any = Node(packed=ZSTD, unpacked=PLAIN)
    given: list[str] = []
    assert set(store.look_into(node, "packed", given, "N0").files) == {"/a"}
    assert len(given) == 1
    assert given[0].startswith("graded.lab.local/n0:")


def test_what_is_not_unpacked_there_either_is_unreadable() -> None:
    node: Any = Node(packed=ZSTD, unpacked=ZSTD)
    with pytest.raises(Unreadable, match="zstd"):
        store.look_into(node, "packed", [], "N0")
    gone: Any = Node()
    with pytest.raises(Unreadable, match="no such image"):
        store.look_into(gone, "packed", [], "N0")


def test_a_large_archive_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_ARCHIVE", 100)
    node: Any = Node(packed=PLAIN)
    with pytest.raises(TooLarge):
        store.look_into(node, "packed", [], "N0")
