"""A node is found by what it is: a lab's folder that was removed under it leaves it to status, doctor and stop."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ckslab.cli import main
from ckslab.cluster.kind.record import cluster_name, lab_folder
from ckslab.cluster.local import launch, process
from ckslab.cluster.local.backend import LocalBackend
from ckslab.cluster.local.running_nodes import INIT, VARIABLE
from ckslab.errors import LabError
from ckslab.lab import all_labs, examine, lost_labs
from ckslab.store.labs import make_lab_folder


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "h"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("CKSLAB_HOME", str(home))
    monkeypatch.setattr("ckslab.store.labs.MAX_FOLDER_BYTES", 4000)

    def none() -> None:
        raise LabError("no container engine is installed")

    monkeypatch.setattr("ckslab.cluster.kind.engine.answering", none)
    return home


@pytest.fixture
def node(own_home: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is called as a node's pid 1, of the lab `gone`, and sleeps."""
    (tmp_path / "init").write_text("read line\n")
    words = [word.decode() for word in INIT.split(b"\0")[:-1]]
    environment = {**os.environ, VARIABLE: str(own_home / "labs" / "gone")}
    with subprocess.Popen(
        words, executable="/bin/sh", cwd=tmp_path, env=environment, stdin=subprocess.PIPE
    ) as running:
        for _ in range(500):
            if Path(f"/proc/{running.pid}/cmdline").read_bytes() == INIT:
                break
        yield running
        running.kill()


def test_a_lab_whose_folder_was_removed_is_shown_and_can_be_ended(
    node: subprocess.Popen[bytes], own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lost_labs() == ["gone"]
    assert [(one.name, one.state, one.advice) for one in all_labs()] == [("gone", "lost", "ckslab stop gone")]
    assert main(["status"]) == 0
    assert "its folder is gone, and its node is there" in capsys.readouterr().out
    assert [one.advice for one in examine() if one.name == "lost node"] == ["ckslab stop gone"]
    assert main(["stop"]) == 0
    assert node.wait(5) != 0
    assert lost_labs() == []
    assert main(["stop", "gone"]) == 2


def test_all_labs_are_those_without_a_folder_too(node: subprocess.Popen[bytes]) -> None:
    make_lab_folder("other")
    assert main(["stop", "--all"]) == 0
    assert node.wait(5) != 0


def test_a_lost_node_of_another_home_is_told_with_the_way_to_end_it(
    node: subprocess.Popen[bytes], own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = tmp_path / "second"
    second.mkdir(mode=0o700)
    monkeypatch.setenv("CKSLAB_HOME", str(second))
    assert lost_labs() == []
    assert [one.advice for one in examine() if one.name == "lost node"] == [
        f"CKSLAB_HOME={own_home} ckslab stop gone"
    ]


def test_a_node_whose_record_was_lost_runs_on(node: subprocess.Popen[bytes]) -> None:
    folder = make_lab_folder("gone")
    assert lost_labs() == []  # it has a folder
    found = launch.read_record(folder)
    assert found is not None
    assert (found.init, found.relay) == (process.of(node.pid), None)
    (folder / "node.json").write_text("{")
    assert LocalBackend().state(folder) == "running"
    LocalBackend().stop(folder)
    assert node.wait(5) != 0
    assert launch.read_record(folder) is None


def test_a_new_lab_of_that_name_does_not_run_beside_the_lost_one(node: subprocess.Popen[bytes]) -> None:
    folder = make_lab_folder("gone")
    with subprocess.Popen(["sleep", "60"]) as own:
        init = process.of(own.pid)
        assert init is not None
        launch.write_record(folder, launch.Record(init, None, 1))
        LocalBackend().stop(folder)
        assert own.wait(5) != 0
    assert node.wait(5) != 0


def test_a_cluster_of_kind_tells_its_labs_folder(tmp_path: Path) -> None:
    labs = tmp_path / "labs"
    for name in ("ipw-complete", "a"):
        assert lab_folder(cluster_name(labs / name), labs) == labs / name
        assert lab_folder(cluster_name(labs / name), tmp_path) is None
    for name in ("kind", "ckslab-a-00000000", "ckslab-"):
        assert lab_folder(name, labs) is None
    shutil.rmtree(labs, ignore_errors=True)
