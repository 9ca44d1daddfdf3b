"""Node files are the same to a step whether the node runs or is about to boot."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from ckslab.cluster.backend import Node, NodeFile
from ckslab.cluster.node.live_files import LiveFiles
from ckslab.cluster.node.planned_files import PlannedFiles
from ckslab.errors import LabError


class Here:
    """This machine as a node: commands run in it."""

    def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 20.0
    ) -> subprocess.CompletedProcess[bytes]:
        """Run it."""
        return subprocess.run(list(argv), input=stdin, capture_output=True, timeout=timeout, check=False)


@pytest.fixture
def live() -> LiveFiles:
    return LiveFiles(cast("Node", Here()))


NAMES = ["plain", "with space", "-dash", "quote'\"$(touch x)`", "ünï\nline", "*"]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_and_content_is_written_and_read(live: LiveFiles, tmp_path: Path, name: str) -> None:
    path = tmp_path / "new folder" / name
    content = b"\x00\xff $HOME '\n\n"
    live.write(str(path), content)
    assert live.read(str(path)) == path.read_bytes() == content
    assert path.stat().st_mode & 0o7777 == 0o644
    live.write(str(path), b"", mode=0o600)
    live.write(str(path), b"again")
    assert (path.read_bytes(), path.stat().st_mode & 0o7777) == (b"again", 0o600)
    assert [one.name for one in path.parent.iterdir()] == [name]
    live.remove(str(path))
    live.remove(str(path))
    assert live.read(str(path)) is None


def test_a_symbolic_link_stays_one(live: LiveFiles, tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    live.write(str(tmp_path / "link"), b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
    assert live.read(str(tmp_path / "link")) == b"new"


def test_a_folder_is_no_file(live: LiveFiles, tmp_path: Path) -> None:
    assert live.read(str(tmp_path)) is None
    with pytest.raises(LabError, match="cannot write") as caught:
        live.write(str(tmp_path), b"x")
    assert "is a folder" in caught.value.details
    with pytest.raises(LabError, match="cannot remove"):
        live.remove(str(tmp_path))


def test_nothing_lies_in_the_manifests_folder_but_the_manifest(tmp_path: Path) -> None:
    """The script is run with another root in place of /etc/kubernetes, and watched by a slow `cat`."""
    manifests = tmp_path / "manifests"
    manifests.mkdir()

    class Moved(Here):
        def run(
            self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 20.0
        ) -> subprocess.CompletedProcess[bytes]:
            script = argv[2].replace("/etc/kubernetes", str(tmp_path))
            script = script.replace('cat > "$new"', f'cat > "$new"; ls -A {manifests} {tmp_path} >&2; exit 9')
            return super().run([*argv[:2], script, *argv[3:]], stdin=stdin, timeout=timeout)

    with pytest.raises(LabError) as caught:
        LiveFiles(cast("Node", Moved())).write(str(manifests / "a.yaml"), b"x")
    listing = caught.value.details
    assert ".ckslab-" in listing
    assert listing.index(".ckslab-") < listing.index(f"{manifests}:")  # tmp_path's own listing comes first
    assert list(manifests.iterdir()) == []
    assert list(tmp_path.iterdir()) == [manifests]  # the temporary file is gone


@pytest.mark.parametrize("path", ["relative", "/a\0b"])
def test_other_paths_are_refused(live: LiveFiles, path: str) -> None:
    with pytest.raises(LabError):
        live.read(path)


def test_a_node_that_hangs_is_a_lab_error() -> None:
    class Hangs(Here):
        def run(
            self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 20.0
        ) -> subprocess.CompletedProcess[bytes]:
            raise TimeoutError

    with pytest.raises(LabError, match="did not answer"):
        LiveFiles(cast("Node", Hangs())).read("/x")


def planned() -> PlannedFiles:
    files = {"/etc/kubernetes/manifests/a.yaml": b"a", "/etc/hosts": b"h"}
    return PlannedFiles(files.get)


def test_plans_lie_over_what_every_node_has() -> None:
    files = planned()
    files.write("/etc/kubernetes/manifests/a.yaml", b"b")
    files.write("/etc/hosts", b"i")
    files.write("/new", b"n", 0o640)
    files.write("/new", b"m")
    assert files.read("/new") == b"m"
    assert files.files == (
        NodeFile("/etc/hosts", b"i", 0o644),
        NodeFile("/etc/kubernetes/manifests/a.yaml", b"b", 0o600),
        NodeFile("/new", b"m", 0o640),
    )


def test_removals_are_planned_only_where_something_is() -> None:
    files = planned()
    files.write("/new", b"n")
    for path in ("/new", "/none", "/etc/hosts"):
        files.remove(path)
        assert files.read(path) is None
    assert (files.files, files.removed) == ((), ("/etc/hosts",))
    files.write("/etc/hosts", b"x")
    assert (files.removed, files.read("/etc/hosts")) == ((), b"x")


@pytest.mark.parametrize("path", ["a", "/a/", "/a/../b", "//a", "/a/./b", "/"])
def test_plans_take_plain_paths_only(path: str) -> None:
    with pytest.raises(LabError):
        planned().write(path, b"")
