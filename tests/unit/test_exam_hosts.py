"""Which host gives way, who may not be disturbed, and what becomes of a scenario that is copied for an exam."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ckslab.errors import LabError
from ckslab.exam import hosts
from ckslab.exam.attached import alone_with, attached
from ckslab.exam.hosts import NoRoom, host_state, keep_scenario, room
from ckslab.exam.sitting import Sitting, lab_name
from ckslab.lab.model import Lab
from ckslab.scenario.loading.pack import MAX_PACK_FILE, Pack, PackError
from ckslab.store.record import LabRecord
from tests.support.exam_on_disk import SCENARIOS, exam_on_disk


class Nodes:
    """A backend whose nodes run or do not."""

    name = "local"

    def __init__(self) -> None:
        self.running: set[str] = set()
        self.stopped: list[str] = []

    def state(self, folder: Path) -> str:
        return "running" if folder.name in self.running else "stopped"

    def stop(self, folder: Path) -> None:
        self.running.discard(folder.name)
        self.stopped.append(folder.name)


@pytest.fixture
def sitting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sitting:
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "h"))
    made = exam_on_disk()
    return replace(made, tasks=tuple(replace(made.tasks[0], number=n) for n in range(1, 5)), labs=2)


@pytest.fixture
def nodes(sitting: Sitting, monkeypatch: pytest.MonkeyPatch) -> Nodes:
    """Four labs, of which 1 to 3 run, though two are room for."""
    made = Nodes()
    monkeypatch.setattr("ckslab.store.labs.MAX_FOLDER_BYTES", 4000)
    monkeypatch.setattr("ckslab.lab.backends.backend", lambda name: made)
    for number in range(1, 5):
        name = lab_name(sitting, number)
        Lab.begin(LabRecord(name, "node-lab", SCENARIOS / "node-lab", "local", 1, "kq7wm4", "2026-01-01T00:00:00Z"))
        if number < 4:
            made.running.add(name)
    return made


def used(sitting: Sitting, number: int, at: float) -> None:
    path = Lab(lab_name(sitting, number)).folder / hosts.USED
    path.touch()
    os.utime(path, (at, at))


def parked(sitting: Sitting, nodes: Nodes) -> list[int]:
    return sorted(int(name.rpartition("-")[2]) for name in nodes.stopped)


def test_those_never_used_give_way_first_the_last_of_them(sitting: Sitting, nodes: Nodes) -> None:
    used(sitting, 1, 1000)
    with room(sitting, 4):
        pass
    assert parked(sitting, nodes) == [2, 3]


def test_then_the_least_recently_used(sitting: Sitting, nodes: Nodes) -> None:
    for number, at in ((1, 3000.0), (2, 1000.0), (3, 2000.0)):
        used(sitting, number, at)
    with room(replace(sitting, labs=3), 4):
        pass
    assert parked(sitting, nodes) == [2]


def test_a_host_with_a_shell_is_never_parked(sitting: Sitting, nodes: Nodes) -> None:
    with attached(lab_name(sitting, 3), wait=0), attached(lab_name(sitting, 3), wait=0):
        with room(replace(sitting, labs=2), 4):
            pass
        assert parked(sitting, nodes) == [1, 2]
    with (
        attached(lab_name(sitting, 3), wait=0),
        pytest.raises(NoRoom, match="holds 1 hosts at once, and all are in use"),
        room(replace(sitting, labs=1), 4),
    ):
        pass


def test_one_that_another_process_works_on_is_left_alone(sitting: Sitting, nodes: Nodes) -> None:
    with Lab(lab_name(sitting, 3)).hold("ckslab exam"), room(sitting, 4):
        pass
    assert parked(sitting, nodes) == [1, 2]


def test_where_there_is_room_nobody_is_parked(sitting: Sitting, nodes: Nodes) -> None:
    with room(replace(sitting, labs=4), 4):
        pass
    assert nodes.stopped == []


def test_who_wants_a_host_waits_while_it_is_parked_and_says_so(sitting: Sitting) -> None:
    with (
        alone_with("one") as alone,
        pytest.raises(LabError, match="is being parked"),
        attached("one", wait=0.2),
    ):
        assert alone
    with attached("one", wait=0), alone_with("one") as alone:
        assert not alone


def test_a_lab_that_is_half_made_damaged_or_not_there_is_unmade(sitting: Sitting, nodes: Nodes) -> None:
    lab = Lab(lab_name(sitting, 1))
    assert [host_state(sitting, n) for n in (1, 4)] == ["awake", "parked"]
    lab.save(replace(lab.record, ready=False))
    assert host_state(sitting, 1) == "unmade"
    (lab.folder / "lab.json").write_text("{")
    assert host_state(sitting, 1) == "unmade"
    shutil.rmtree(lab.folder)
    assert host_state(sitting, 1) == "unmade"


def test_the_exam_has_a_copy_of_each_scenario_that_counts_as_the_same(sitting: Sitting, tmp_path: Path) -> None:
    task = sitting.tasks[0]
    source = tmp_path / "node-lab"
    shutil.copytree(SCENARIOS / "node-lab", source)
    keep_scenario(sitting, task, Pack(source))
    keep_scenario(sitting, task, Pack(source))  # again, after a kill
    (source / "task.md").write_text("another\n")
    assert Pack(hosts.scenario_folder_of(sitting, task)).digest() == task.digest
    with pytest.raises(LabError, match="was changed while the exam was drawn"):
        keep_scenario(sitting, task, Pack(source))


def test_what_no_scenario_can_use_is_not_copied(tmp_path: Path) -> None:
    source = tmp_path / "pack"
    source.mkdir()
    (source / "scenario.yaml").write_text("id: pack\n")
    (source / "link").symlink_to("/etc/passwd")
    Pack(source).copy(tmp_path / "with-link")
    assert (tmp_path / "with-link" / "link").is_symlink()
    (source / "big").write_bytes(b"x" * (MAX_PACK_FILE + 1))
    with pytest.raises(PackError, match="larger than"):
        Pack(source).copy(tmp_path / "with-big")
    (source / "big").unlink()
    os.mkfifo(source / "pipe")
    with pytest.raises(PackError, match="no file of a scenario"):
        Pack(source).copy(tmp_path / "with-pipe")
