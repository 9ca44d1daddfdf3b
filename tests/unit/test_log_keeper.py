"""The logs of API servers that are gone are kept, and looked through by the time that a line names."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from ckslab.cluster.node import log_keeper
from ckslab.evidence import Unavailable
from ckslab.handed_in import open_handed_in
from ckslab.needs.log_lines import LogLinesFact, LogLinesNeed
from ckslab.needs.sources import HandedInSources

POD = "pods/kube-system_kube-apiserver-controlplane_uid1/kube-apiserver"


def in_folder(text: str, folder: Path) -> str:
    return text.replace("/var/log", str(folder))


def wait_for(path: Path) -> None:
    end = time.monotonic() + 20
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert path.exists()


def test_a_log_stays_when_the_kubelet_removes_it_and_another_takes_its_name(tmp_path: Path) -> None:
    script = in_folder(log_keeper.ARGV[2], tmp_path).replace("sleep 1", "sleep 0.1")
    keeper = subprocess.Popen(["/bin/sh", "-c", script])
    kept = tmp_path / "ckslab"
    try:
        (tmp_path / POD).mkdir(parents=True)
        log = tmp_path / POD / "0.log"
        log.write_text("first\n")
        wait_for(kept / "uid1-0.log")
        with log.open("a") as more:
            more.write("more\n")
        shutil.rmtree(tmp_path / "pods")
        (tmp_path / POD).mkdir(parents=True)
        log.write_text("second\n")
        wait_for(kept / "uid1-0.log.~1~")
    finally:
        keeper.kill()
        keeper.wait()
    assert sorted(path.read_text() for path in kept.iterdir()) == ["first\nmore\n", "second\n"]


class Node:
    """A node whose logs lie in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, argv: list[str], timeout: float) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [in_folder(word, self.folder) for word in argv], capture_output=True, timeout=timeout, check=False
        )


def found(folder: Path, stamp: str) -> Any:
    class Sources:
        node = Node(folder)

    sources: Any = Sources()
    need = LogLinesNeed(stamp)
    return LogLinesNeed.collect([need], sources)[need]


def test_lines_of_a_moment_are_found_in_all_logs(tmp_path: Path) -> None:
    (tmp_path / "ckslab").mkdir()
    (tmp_path / "ckslab/uid1-0.log").write_text("x 16:30:42.366000 a\nx 16:30:42.366001 b\n")
    (tmp_path / "kubelet.log").write_bytes(b"\xff 16:30:42.366000 c\n")
    assert found(tmp_path, "16:30:42.366000") == LogLinesFact(("x 16:30:42.366000 a", "\ufffd 16:30:42.366000 c"))
    assert found(tmp_path, "16:30:42.366002") == LogLinesFact(())


def test_a_node_without_logs_holds_no_line(tmp_path: Path) -> None:
    assert found(tmp_path, "16:30:42.366000") == LogLinesFact(())


def test_handed_in_logs_tell_what_they_hold_and_nothing_that_they_do_not(tmp_path: Path) -> None:
    need = LogLinesNeed("16:30:42.366000")

    def told(folder: Path) -> Any:
        return LogLinesNeed.of_files([need], HandedInSources(open_handed_in(folder)))[need]

    (tmp_path / "etc").mkdir()
    assert isinstance(told(tmp_path), Unavailable)
    kept = tmp_path / "var/log/ckslab/uid1-0.log"
    kept.parent.mkdir(parents=True)
    kept.write_text("x 16:30:42.366000 a\n")
    assert told(tmp_path) == LogLinesFact(("x 16:30:42.366000 a",))
    kept.write_text("another\n")
    assert told(tmp_path) == LogLinesFact(())
