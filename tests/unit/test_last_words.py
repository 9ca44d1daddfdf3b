"""What is kept of a control plane that did not become ready."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace
from typing import Any

import pytest

from ckslab.cluster.local.node import LocalNode
from ckslab.control_plane.last_words import LINES, PARTS, SHOWN, as_text, last_words
from ckslab.errors import LabError
from ckslab.lab.make import FAILED, _not_ready


class Node:
    """A node whose logs are numbered lines, but containerd's, which cannot be read, and etcd's, which takes too long."""

    def run(self, argv: list[str], **_: Any) -> CompletedProcess[bytes]:
        part = argv[4]
        if part == "containerd":
            raise LabError("the lab's node ended")
        if part == "etcd":
            raise TimeoutError("20 s")
        said = "\n".join(f"{part} {number}" for number in range(int(argv[5])))
        return CompletedProcess(argv, 0, said.encode(), b"")


def test_each_part_has_its_last_words_or_says_why_not() -> None:
    words = last_words(Node())  # type: ignore[arg-type]
    assert tuple(words) == PARTS
    assert len(words["kubelet"]) == LINES
    assert words["containerd"] == ["(cannot be read: the lab's node ended)"]
    assert "20 s" in words["etcd"][0]
    assert as_text(words, SHOWN).count("kube-apiserver ") == SHOWN


def test_a_start_that_failed_shows_and_keeps_them(tmp_path: Path) -> None:
    running: Any = SimpleNamespace(node=Node(), lab=SimpleNamespace(folder=tmp_path))
    error = _not_ready(running)
    assert f"kubelet {LINES - 1}" in error.details
    assert str(tmp_path / FAILED) in error.details
    assert "kubelet 0\n" in (tmp_path / FAILED).read_text()


@pytest.mark.parametrize("entered", [True, False])
def test_a_node_that_does_not_come_up_tells_what_containerd_said(
    entered: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(_: LocalNode, argv: list[str], **__: Any) -> CompletedProcess[bytes]:
        if not entered:
            raise LabError("the lab's node cannot be entered")
        return CompletedProcess(argv, 0, f"last words in {argv[3]}".encode(), b"")

    def missing(*_: Any) -> CompletedProcess[bytes]:
        return CompletedProcess([], 1, b"", b"")

    monkeypatch.setattr(LocalNode, "run", run)
    monkeypatch.setattr(LocalNode, "_enter", lambda _, argv: argv)
    monkeypatch.setattr("ckslab.cluster.local.node.run_child", missing)
    (tmp_path / "node.log").write_text("service containerd ended")
    node = LocalNode.__new__(LocalNode)
    node.folder = tmp_path
    node.record = SimpleNamespace(init=SimpleNamespace(alive=lambda: True))
    with pytest.raises(LabError, match=r"api\.sock is missing") as caught:
        node.wait_for_file("/run/api.sock", 0.0)
    assert "service containerd ended" in caught.value.details
    wanted = "last words in /var/log/containerd.log" if entered else "cannot be entered"
    assert wanted in caught.value.details


@pytest.mark.parametrize("part", PARTS)
def test_the_script_reads_the_logs_of_an_embedded_node(part: str, tmp_path: Path) -> None:
    import subprocess

    from ckslab.control_plane.last_words import SCRIPT

    for name in ("kubelet", "containerd"):
        (tmp_path / f"{name}.log").write_text("old\nlast\n")
    pod = tmp_path / "pods" / "kube-system_etcd-controlplane_1" / "etcd"
    pod.mkdir(parents=True)
    (pod / "0.log").write_text("old\nlast\n")
    script = SCRIPT.replace("/var/log", str(tmp_path))
    done = subprocess.run(["sh", "-c", script, "sh", part, "1"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ("no container was started" if part == "kube-apiserver" else "last")
