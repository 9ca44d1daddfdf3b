"""What is kept of a control plane that did not become ready."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace
from typing import Any

import pytest

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
