"""Paths that are followed one after the other end where each would alone."""

from __future__ import annotations

from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckslab.handed_in.folder import FolderTree
from ckslab.handed_in.walk import Found, Walker, walk


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> FolderTree:
    root = tmp_path_factory.mktemp("node")
    (root / "a/b/a").mkdir(parents=True)
    (root / "b/a").mkdir(parents=True)
    (root / "a/file").write_text("1")
    (root / "a/b/file").write_text("2")
    (root / "a/link").symlink_to("/b/a")
    (root / "a/b/up").symlink_to("../../b")
    (root / "b/loop").symlink_to("loop")
    return FolderTree(root)


NAMES = st.sampled_from(["a", "b", "file", "link", "up", "loop", "..", ".", "", "gone"])
PATHS = st.lists(NAMES, max_size=6).map(lambda names: "/" + "/".join(names))


def outcome(walker: Walker, path: str) -> Found | int | None:
    try:
        return walker.walk(path.encode())
    except OSError as error:
        return error.errno


@given(paths=st.lists(PATHS, min_size=1, max_size=8))
def test_the_way_before_does_not_count(tree: FolderTree, paths: list[str]) -> None:
    with closing(tree.cursor()) as cursor:
        walker = Walker(cursor)
        for path in paths:
            with closing(tree.cursor()) as fresh:
                alone = outcome(Walker(fresh), path)
            assert outcome(walker, path) == alone


def test_a_cursor_that_stands_elsewhere_is_led_from_the_root(tree: FolderTree) -> None:
    with closing(tree.cursor()) as cursor:
        cursor.enter(b"a")
        assert walk(cursor, b"/b/a").parts == (b"b", b"a")
