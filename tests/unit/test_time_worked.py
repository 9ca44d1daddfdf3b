"""How long a learner is in a shell is counted by somebody else, who holds nothing of theirs and ends with them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ckslab.store.worked import worked_seconds
from tests.support.lab_on_disk import lab_on_disk

PROGRAM = """
import os, sys
from ckslab.lab.model import Lab
from ckslab.lab.time_worked import count_time
count_time(Lab("one"))
os.execvp(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "h"))
    monkeypatch.setattr("ckslab.store.labs.MAX_FOLDER_BYTES", 4000)
    return lab_on_disk(tmp_path).folder


def shell(*argv: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *argv],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def settled(lab: Path, least: float) -> float:
    until = time.monotonic() + 20
    while worked_seconds(lab) < least and time.monotonic() < until:
        time.sleep(0.05)
    return worked_seconds(lab)


def test_the_time_of_a_shell_is_kept_when_it_ends_and_its_code_is_its_own(lab: Path) -> None:
    with shell("sh", "-c", "sleep 1; exit 7") as process:
        assert process.wait(30) == 7
    assert 0.9 <= settled(lab, 0.9) < 20


def test_nobody_holds_its_streams_longer_than_it_lives(lab: Path) -> None:
    begin = time.monotonic()
    with shell("echo", "said") as process:
        assert process.communicate(timeout=30)[0] == "said\n"  # the pipe ends: no other has it open
    assert time.monotonic() - begin < 14


def test_it_ends_with_a_kill_and_hears_no_signal_of_the_terminal(lab: Path) -> None:
    with shell("sh", "-c", "echo begun; exec sleep 60") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == -signal.SIGINT
    assert settled(lab, 0.2) > 0


def test_a_lab_that_is_removed_meanwhile_is_not_made_again(lab: Path) -> None:
    with shell("sleep", "1") as process:
        time.sleep(0.5)
        lab.rename(lab.parent / "gone")
        process.wait(30)
    time.sleep(0.5)
    assert not lab.exists()
