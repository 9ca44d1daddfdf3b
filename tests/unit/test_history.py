"""The history: each grading is a line, none is ever lost or changed, and nothing that others wrote is believed."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ckslab.cli import main
from ckslab.errors import LabError, UsageError
from ckslab.lab.catalogue import scenarios
from ckslab.lab.learning import history as use_case
from ckslab.lab.learning.history import export_history, history, import_history
from ckslab.store.history.entry import MAX_LINE, Entry, history_schema, line_of
from ckslab.store.history.index import summed
from ckslab.store.history.journal import append, lines_of
from ckslab.store.history.record import record, sum_up
from ckslab.store.history.tally import BestScore, tallies
from tests.support.gradings import grading
from tests.support.scenario_pack import pack

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "h"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("CKSLAB_HOME", str(home))
    return home


def kept() -> list[Entry]:
    return list(reversed(history().entries))


def test_the_schema_is_published_and_a_line_is_as_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads((DOCS / "history.schema.json").read_text()) == history_schema()
    assert main(["author", "schema", "history"]) == 0
    assert json.loads(capsys.readouterr().out) == history_schema()
    assert list(history_schema()["properties"]) == list(json.loads(line_of(grading())))


def test_what_was_recorded_comes_back_line_by_line_and_is_private(own_home: Path) -> None:
    first, second = (
        grading(),
        grading("t", 2, "2026-01-02T00:00:00Z", lost="a", hints={"a": 2}, hints_used=3, causes=1),
    )
    record(first)
    record(second)
    assert kept() == [first, second]
    assert second.failed == ("a",)
    assert (first.passed, first.unaided, second.passed, second.unaided) == (True, True, False, False)
    assert (own_home / "history.jsonl").stat().st_mode & 0o777 == 0o600
    assert len((own_home / "history.jsonl").read_text().splitlines()) == 2
    assert history("t").entries == (second,)


def test_a_torn_last_line_stays_and_the_next_one_begins_on_its_own(own_home: Path) -> None:
    record(grading())
    path = own_home / "history.jsonl"
    torn = path.read_bytes() + line_of(grading(number=2))[:70]
    path.write_bytes(torn)
    record(grading(number=3, at="2026-01-03T00:00:00Z"))
    assert path.read_bytes() == torn + b"\n" + line_of(grading(number=3, at="2026-01-03T00:00:00Z"))
    assert [one.seed for one in kept()] == [1, 3]
    assert history().troubles == (f"{path}: line 2 is no grading: skipped, and kept as it is",)


DAMAGE = [
    b"\x00" * 100,
    b"{}",
    b"[" * 5000,
    b'{"format": 2}',
    b"\xff\xfe",
    b"x" * (3 * MAX_LINE),
    line_of(grading()).replace(b'"score":100', b'"score":99').strip(),
    line_of(grading()).replace(b'"score":100', b'"score":1e400').strip(),
    line_of(grading()).replace(b'"max":100', b'"max":true').strip(),
    line_of(grading()).replace(b"2026-01-01", b"2026-02-30").strip(),
    line_of(grading()).replace(b'"scenario":"s"', b'"scenario":"../s"').strip(),
]


@pytest.mark.parametrize("damage", DAMAGE, ids=range(len(DAMAGE)))
def test_a_damaged_line_is_said_skipped_and_kept(
    own_home: Path, tmp_path: Path, damage: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = own_home / "history.jsonl"
    path.write_bytes(b"\n" + damage + b"\n" + line_of(grading("sample")))
    pack(tmp_path / "pack")
    for _ in range(2):  # read, then as it was summed up
        listed = scenarios([tmp_path / "pack"])
        assert [one.best for one in listed.entries] == [100]
        assert [one.message for one in listed.problems] == [
            f"{path}: line 2 is no grading: skipped, and kept as it is"
        ]
    assert main(["history"]) == 0
    out, err = capsys.readouterr()
    assert "sample" in out
    assert "line 2 is no grading" in err
    assert damage in path.read_bytes()


FILL = """
import resource, sys
from ckslab.errors import LabError
from ckslab.store.history.record import record
from tests.support.gradings import grading
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    record(grading(number=2, at="2026-01-02T00:00:00Z"))
except LabError as error:
    sys.exit(error.message)
"""


@pytest.mark.parametrize("room", [0, 1, 100])
def test_where_the_disk_takes_only_a_part_nothing_is_added_and_all_is_as_it_was(own_home: Path, room: int) -> None:
    record(grading())
    path = own_home / "history.jsonl"
    before = path.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(len(before) + room)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"cannot write {path}: " in done.stderr
    assert path.read_bytes() == before
    record(grading(number=3, at="2026-01-03T00:00:00Z"))
    assert [one.seed for one in kept()] == [1, 3]


def test_a_write_that_was_not_kept_by_the_disk_is_taken_back(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(grading())
    before = (own_home / "history.jsonl").read_bytes()

    def refuse(_: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        with pytest.raises(LabError, match="input/output error"):
            record(grading(number=2))
    assert (own_home / "history.jsonl").read_bytes() == before


@pytest.mark.parametrize("kind", ["folder", "fifo", "link"])
def test_what_is_no_file_is_refused_without_waiting(own_home: Path, tmp_path: Path, kind: str) -> None:
    path = own_home / "history.jsonl"
    make: dict[str, Any] = {"folder": path.mkdir, "fifo": lambda: os.mkfifo(path)}
    make.get(kind, lambda: path.symlink_to(tmp_path / "elsewhere"))()
    with pytest.raises(LabError, match=r"history\.jsonl"):
        record(grading())
    with pytest.raises(LabError, match=r"history\.jsonl"):
        history()
    assert not (tmp_path / "elsewhere").exists()


def test_a_grading_that_takes_more_than_a_line_may_have_is_refused(own_home: Path) -> None:
    with pytest.raises(LabError, match="takes more than"):
        append(own_home / "history.jsonl", [grading().model_copy(update={"cluster": "x" * MAX_LINE})])
    assert not (own_home / "history.jsonl").exists()


MANY = """
import sys
from ckslab.store.history.record import record
from tests.support.gradings import grading
for n in range(10):
    record(grading(sys.argv[1], n))
"""


def test_gradings_recorded_at_once_are_all_kept() -> None:
    writers = [subprocess.Popen([sys.executable, "-c", MANY, name]) for name in ("a", "b", "c")]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert {name: one.tried for name, one in summed().tallies.items()} == {"a": 10, "b": 10, "c": 10}


# the index


def test_the_index_is_made_at_each_grade_and_read_alone(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(grading())
    monkeypatch.setattr("ckslab.store.history.record.read", lambda _: pytest.fail("the journal was read"))
    assert summed().tallies == tallies([grading()])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: "[]",
        lambda text: text.replace('"passed": 1', '"passed": 7'),
        lambda text: text.replace('"format": 1', '"format": 2'),
        lambda text: text.replace('"tried"', '"tired"'),
        lambda text: "[" * 100_000,
    ],
)
def test_an_index_that_is_damaged_or_missing_is_made_again(own_home: Path, spoil: Any) -> None:
    record(grading())
    index = own_home / "history-index.json"
    text = index.read_text()
    assert spoil(text) != text
    index.write_text(spoil(text))
    assert summed().tallies == tallies([grading()])
    assert index.read_text() == text
    index.unlink()
    assert summed().tallies == tallies([grading()])


def test_the_index_is_not_believed_where_the_journal_was_changed_by_hand(own_home: Path) -> None:
    record(grading())
    path = own_home / "history.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"scenario":"s"', b'"scenario":"t"'))
    assert list(summed().tallies) == ["t"]
    path.unlink()
    assert summed().tallies == {}


def test_no_index_can_be_written_and_the_sums_are_there(own_home: Path) -> None:
    record(grading())
    (own_home / "history-index.json").unlink()
    (own_home / "history-index.json").mkdir()
    assert summed().tallies == tallies([grading()])


# what ckslab 0.1.0 kept

SCORES = {
    "format": 1,
    "best": {
        "s": {"score": 80, "max": 100, "at": "2025-01-01T00:00:00Z", "hints_used": 1, "solution_shown": False}
    },
}


def test_former_scores_become_lines_once_also_after_a_kill_in_between(own_home: Path) -> None:
    (own_home / "scores.json").write_text(json.dumps(SCORES))
    record(grading(lost="a"))
    assert summed().tallies["s"].best == BestScore(80, 100, "2025-01-01T00:00:00Z", 1)
    assert not (own_home / "scores.json").exists()
    (own_home / "scores.json").write_text(json.dumps(SCORES))  # it had been written down, and not yet removed
    assert summed().tallies["s"].tried == 2
    assert not (own_home / "scores.json").exists()
    assert len((own_home / "history.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"best": 3}', '{"best": {"s": {}}}', '{"best": {"S/": {"score": 1}}}']
)
def test_former_scores_that_are_damaged_stay_and_a_grade_is_kept_all_the_same(own_home: Path, text: str) -> None:
    (own_home / "scores.json").write_text(text)
    record(grading())
    assert len(kept()) == 1
    assert (own_home / "scores.json").read_text() == text
    [said] = history().troubles
    assert "scores.json" in said
    assert "remove " in said
    assert list(summed().tallies) == ["s"]


# export and import


def test_a_history_goes_to_another_machine_and_back_without_doubles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        record(grading(number=number, at=f"2026-01-0{number + 1}T00:00:00Z"))
    file = tmp_path / "mine.jsonl"
    assert main(["history", "export", str(file)]) == 0
    assert "3 gradings" in capsys.readouterr().out
    assert main(["history", "export", str(file)]) == 2
    (tmp_path / "other").mkdir(mode=0o700)
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "other"))
    record(grading(number=1, at="2026-01-02T00:00:00Z"))
    for said in ("2 new, 1 known already, 0 not readable\n", "0 new, 3 known already, 0 not readable\n"):
        assert main(["history", "import", str(file)]) == 0
        assert capsys.readouterr().out == said
    assert [one.seed for one in kept()] == [0, 1, 2]
    assert b"".join(sorted(export_history())) == b"".join(sorted(file.read_bytes().splitlines(keepends=True)))


def test_what_a_stranger_says_of_a_grading_that_is_here_changes_nothing() -> None:
    record(grading(lost="a"))
    forged = line_of(grading())
    assert import_history(io.BytesIO(forged)).known == 1
    assert kept() == [grading(lost="a")]


def test_lines_that_are_no_grading_or_from_the_future_are_left_out_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "theirs.jsonl"
    future = line_of(grading(number=9, at="9999-01-01T00:00:00Z"))
    file.write_bytes(b"\n".join([*DAMAGE, b""]) + future + line_of(grading()) * 2)
    assert main(["history", "import", str(file)]) == 0
    out, err = capsys.readouterr()
    assert out == f"1 new, 1 known already, {len(DAMAGE) + 1} not readable\n"  # one stands there twice
    assert err == "not readable: line 1, 2, 3, 4, 5, ...\n"
    assert kept() == [grading()]


def test_what_is_no_history_or_too_long_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for data in (b"", b"\n\n", b"PK\x03\x04" * 100, b"{}\n" * 10):
        with pytest.raises(UsageError, match="no grading"):
            import_history(io.BytesIO(data))
    monkeypatch.setattr(use_case, "MAX_IMPORTED", 3)
    with pytest.raises(UsageError, match="import it in parts"):
        import_history(io.BytesIO(b"\n" * 4))
    monkeypatch.setattr(use_case, "MAX_BYTES", 1 << 20)
    with pytest.raises(UsageError, match="import it in parts"):
        import_history(io.BytesIO(b"x" * ((1 << 20) + 1)))
    assert main(["history", "import", str(tmp_path / "none")]) == 2
    assert main(["history", "import", str(tmp_path)]) == 2


def test_what_a_newer_ckslab_added_is_no_damage_and_is_not_taken_over() -> None:
    line = line_of(grading()).replace(b'{"format":1', b'{"format":1,"mood":"good"')
    assert import_history(io.BytesIO(line)).new == 1
    assert kept() == [grading()]


@given(st.binary(max_size=3000))
def test_any_bytes_are_lines_of_nothing(data: bytes) -> None:
    assert all(one is None for _, one in lines_of(io.BytesIO(data)))


@given(st.lists(st.sampled_from([line_of(grading()), b"{\n", b"\n", b"x" * 90_000 + b"\n"])))
def test_line_numbers_are_those_of_the_file(lines: list[bytes]) -> None:
    wanted = [(number, line == lines[number - 1]) for number, line in enumerate(lines, 1) if line.strip()]
    found = list(lines_of(io.BytesIO(b"".join(lines))))
    assert [number for number, _ in found] == [number for number, _ in wanted]
    assert [number for number, one in found if one] == [
        number for number, line in enumerate(lines, 1) if line == line_of(grading())
    ]


# shown


def test_history_shows_the_latest_of_a_scenario_and_as_json_what_was_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["history"]) == 0
    assert capsys.readouterr().out == "nothing was graded yet\nnext: ckslab next\n"
    record(grading("ipw-tls", 1, lost="ab", hints_used=1, solution_shown=True, exam="2026-01-01-a", seconds=125))
    record(grading("ipw-tls", 2, "2026-01-02T00:00:00Z"))
    record(grading("other", 3, "2026-01-03T00:00:00Z"))
    assert main(["history", "ipw-tls", "--limit", "1"]) == 0
    out, err = capsys.readouterr()
    assert re.search(r"^2026-01-0\d \d\d:00  ipw-tls   100/100        2$", out, re.MULTILINE)
    assert "2 in all" in err
    assert main(["history", "-o", "json", "ipw-tls"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["seed"] for one in found["gradings"]] == [2, 1]
    assert main(["history"]) == 0
    assert "exam 2026-01-01-a, failed a, b, 1 hint, solution shown" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("ckslab history ex", {"export"}),
        ("ckslab history ipw-c", {"ipw-classic", "ipw-complete"}),
        ("ckslab history show ipw-t", {"ipw-tls"}),
        ("ckslab history --lim", {"--limit"}),
        ("ckslab history ipw-tls --out", {"--output"}),
    ],
)
def test_at_tab_commands_scenarios_and_options_are_offered(line: str, offered: set[str]) -> None:
    asked = {"_CKSLAB_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
    done = subprocess.run(
        [sys.executable, "-m", "ckslab"], env=os.environ | asked, capture_output=True, text=True, check=False
    )
    assert set(done.stdout.split()) == offered


def test_an_entry_that_does_not_add_up_is_none() -> None:
    with pytest.raises(ValidationError, match="do not add up"):
        grading(score=99)
    with pytest.raises(ValidationError, match="of 100 points"):
        grading(checks={}, score=90, undecided=20)


def test_sums_are_the_same_in_whatever_order_the_lines_stand() -> None:
    lines = [grading(number=n // 2, at=f"2026-01-{n + 1:02}T00:00:00Z", lost="abc"[: n % 4]) for n in range(12)]
    assert tallies(lines) == tallies(lines[::-1]) == tallies([*lines, *lines[3:7]])
    for one in lines:
        record(one)
    assert sum_up().tallies == tallies(lines)
