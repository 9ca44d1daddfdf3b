"""The store: what is written is whole, what is damaged says so, and a lab has one lock."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ckslab import __version__
from ckslab.errors import LabError, UsageError
from ckslab.lab.life.status import all_labs
from ckslab.lab.results import LabStatus
from ckslab.store.attempt import Attempt, CheckScore, Grade, read_attempt, write_attempt
from ckslab.store.history.index import summed
from ckslab.store.history.tally import BestScore
from ckslab.store.home import home
from ckslab.store.labs import lab_folder, lab_names, make_lab_folder
from ckslab.store.lock import lab_lock
from ckslab.store.record import LabRecord, read_record, write_record

RECORD = LabRecord("one", "s", Path("/scenarios/s"), "local", 7, "abc", "2026-01-01T00:00:00Z")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("h")
    home.chmod(0o700)
    monkeypatch.setenv("CKSLAB_HOME", str(home))
    monkeypatch.setattr("ckslab.store.labs.MAX_FOLDER_BYTES", 200)
    return home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def made(name: str = "one") -> Path:
    folder = make_lab_folder(name)
    write_record(folder, replace(RECORD, name=name))
    return folder


def broken() -> list[LabStatus]:
    return [lab for lab in all_labs() if lab.state == "broken"]


def usable() -> list[str]:
    return [lab.name for lab in all_labs() if lab.state != "broken"]


def test_home_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CKSLAB_HOME")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert home() == tmp_path / "ckslab"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home() == tmp_path / ".local/state/ckslab"
    assert mode(home()) == 0o700


def test_a_home_that_others_may_write_to_is_refused(own_home: Path) -> None:
    own_home.chmod(0o777)
    with pytest.raises(LabError, match="others may write"):
        home()


def test_a_home_that_is_a_file_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "file"))
    with pytest.raises(LabError, match="file exists") as caught:
        home()
    assert "CKSLAB_HOME" in caught.value.advice


def test_a_record_comes_back_and_is_private() -> None:
    folder = made()
    assert read_record(lab_folder("one")) == RECORD
    assert mode(folder) == 0o700
    assert mode(folder / "lab.json") == 0o600
    assert lab_names() == ["one"]


def test_half_made_labs_are_not_labs_and_are_reported() -> None:
    made("good")
    make_lab_folder("half")
    assert usable() == ["good"]
    assert [(lab.name, lab.advice) for lab in broken()] == [("half", "ckslab stop half")]


@pytest.mark.parametrize(("found", "age"), [(99, "a newer"), (0, "an older"), (None, "an older")])
def test_labs_of_another_ckslab_name_the_way_out(found: int | None, age: str) -> None:
    path = made() / "lab.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": found, "version": "9.9"}))
    with pytest.raises(LabError, match=f"{age} ckslab \\(9.9") as caught:
        read_record(lab_folder("one"))
    assert "ckslab stop one" in caught.value.advice


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', "\x00", '{"format": 1, "name": 3}', "[" * 99999])
def test_a_damaged_record_names_the_file_and_the_way_out(text: str) -> None:
    path = made() / "lab.json"
    path.write_text(text)
    with pytest.raises(LabError) as caught:
        read_record(lab_folder("one"))
    assert caught.value.advice
    assert broken()


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "-a", "a" * 51, "a\n", "/etc"])
def test_a_name_never_leads_out_of_the_folder(name: str) -> None:
    with pytest.raises(UsageError):
        lab_folder(name)


def test_a_path_too_long_for_sockets_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ckslab.store.labs.MAX_FOLDER_BYTES", 10)
    with pytest.raises(LabError, match="too long for sockets"):
        make_lab_folder("one")


OF_0_1_0 = {
    "lab.json": """{
  "name": "one",
  "scenario": "ipw-complete",
  "folder": "/scenarios/ipw-complete",
  "cluster": "local",
  "seed": 7,
  "nonce": "pqm7w3",
  "created_at": "2026-01-01T19:02:24Z",
  "ready": true,
  "version": "0.1.0",
  "format": 1
}
""",
    "attempt.json": """{
  "started_at": "2026-01-01T19:02:59Z",
  "grades": [
    {
      "at": "2026-01-01T19:03:05Z",
      "score": 55,
      "max": 100,
      "undecided": 15
    }
  ],
  "hints": {
    "plugin": 2
  },
  "solution_shown": true
}
""",
    "scores.json": """{
  "format": 1,
  "best": {
    "ipw-complete": {
      "score": 100,
      "max": 100,
      "at": "2026-01-01T19:13:05Z",
      "hints_used": 2,
      "solution_shown": false
    }
  }
}
""",
}
"""Files as ckslab 0.1.0 wrote them."""


def test_what_0_1_0_kept_is_read(own_home: Path) -> None:
    folder = make_lab_folder("one")
    (folder / "lab.json").write_text(OF_0_1_0["lab.json"])
    (folder / "attempt.json").write_text(OF_0_1_0["attempt.json"])
    (own_home / "scores.json").write_text(OF_0_1_0["scores.json"])
    record = read_record(folder)
    assert (record.scenario, record.seed, record.nonce, record.ready) == ("ipw-complete", 7, "pqm7w3", True)
    assert (record.version, record.digest, record.kubernetes, record.stock) == ("0.1.0", "", "", False)
    grade = Grade("2026-01-01T19:03:05Z", 55, 100, 15)
    assert read_attempt(folder) == Attempt("2026-01-01T19:02:59Z", (grade,), {"plugin": 2}, solution_shown=True)
    for _ in range(2):
        found = summed().tallies["ipw-complete"]
        assert found.best == BestScore(100, 100, "2026-01-01T19:13:05Z", 2)
        assert (found.tried, found.passed, found.unaided) == (1, 1, False)
        assert not (own_home / "scores.json").exists()


def test_a_lab_that_was_made_keeps_of_what_and_by_which_ckslab() -> None:
    folder = make_lab_folder("one")
    write_record(folder, replace(RECORD, ready=False, version="0.0.9").made("abc123", "v1.35.4"))
    found = read_record(folder)
    assert (found.ready, found.digest, found.kubernetes, found.version) == (True, "abc123", "v1.35.4", __version__)


def test_an_attempt_keeps_grades_hints_and_the_solution() -> None:
    folder = made()
    assert read_attempt(folder) is None
    checks = {"b": CheckScore("pass", 5), "a": CheckScore("fail", 0), "c": CheckScore("fail", 0, waiting=True)}
    judged = Attempt("t0").graded(Grade("t1", 5, 10, 0, checks))
    write_attempt(folder, judged)
    assert read_attempt(folder) == judged
    assert judged.last is not None
    assert judged.last.failed == ("a",)
    attempt = Attempt("t0").graded(Grade("t1", 5, 10, 0)).hinted("a").hinted("a").revealed()
    write_attempt(folder, attempt)
    assert read_attempt(folder) == attempt
    assert (attempt.hints_used, attempt.solution_shown, attempt.last) == (2, True, Grade("t1", 5, 10, 0))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"started_at": 1, "grades": [3], "hints": {}, "solution_shown": 0}',
        '{"started_at": "t", "grades": [{"at": "t", "score": 1, "max": 1, "undecided": 0, "checks": {"a": {"outcome": '
        '"maybe", "earned": 0, "waiting": false}}}], "hints": {}, "solution_shown": false}',
    ],
)
def test_a_damaged_attempt_is_explained(text: str) -> None:
    folder = made()
    (folder / "attempt.json").write_text(text)
    with pytest.raises(LabError, match=r"attempt\.json"):
        read_attempt(folder)


def test_a_full_disk_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made()
    before = sorted(path.name for path in folder.iterdir())

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LabError, match="no space left on device") as caught:
        write_record(folder, replace(RECORD, seed=8))
    assert "free some space" in caught.value.advice
    assert read_record(lab_folder("one")).seed == 7
    assert sorted(path.name for path in folder.iterdir()) == before


HOLD = """
import sys, time
from ckslab.store.lock import lab_lock
with lab_lock("one", "ckslab grade"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_ckslab_is_told_who_holds_the_lock(holder: subprocess.Popen[str]) -> None:
    expected = rf"another ckslab \(pid {holder.pid}: ckslab grade\) is working on lab one"
    with pytest.raises(LabError, match=expected), lab_lock("one", "ckslab reset"):
        pass
    with lab_lock("other", "ckslab reset"):
        pass


def test_the_kernel_gives_the_lock_back_after_kill_9(holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    with lab_lock("one", "ckslab reset", wait=5):
        pass


def test_waiting_for_the_lock_ends() -> None:
    begin = time.monotonic()
    with (
        lab_lock("one", "ckslab grade"),
        pytest.raises(LabError),
        lab_lock("one", "ckslab reset", wait=0.2),
    ):
        pass
    assert 0.2 <= time.monotonic() - begin < 5


def test_the_lock_is_free_after_an_error_within() -> None:
    with pytest.raises(ZeroDivisionError), lab_lock("one", "a"):
        raise ZeroDivisionError
    with lab_lock("one", "b"):
        pass
