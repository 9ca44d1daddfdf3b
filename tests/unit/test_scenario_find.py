"""Scenarios are found by their folders, listed quickly, and named when the name is nearly right."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckslab.errors import ScenarioError, UsageError
from ckslab.lab.author import lint_scenarios
from ckslab.lab.catalogue import load_scenario, scenarios
from ckslab.scenario.find import doubled_scenarios, find_scenarios, scenario_folder
from ckslab.scenario.header import Header, header
from tests.support.scenario_pack import SCENARIO, pack


def test_folders_below_a_topic_or_at_the_top_are_found(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    deep, flat, again = first / "topic/deep", first / "flat", second / "flat"
    for folder in (deep, flat, again, first / ".git/hidden", first / "topic/deep/inner"):
        folder.mkdir(parents=True)
        (folder / "scenario.yaml").touch()
    assert find_scenarios([first, second, tmp_path / "missing"]) == {"deep": deep, "flat": flat}
    assert find_scenarios([deep]) == {"deep": deep}
    assert doubled_scenarios([first, second]) == {"flat": (flat, again)}
    assert doubled_scenarios([first, tmp_path / "a/../a", deep]) == {}


def test_a_scenario_of_a_pack_does_not_take_the_place_of_another(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    pack(ours), pack(theirs)
    bad = pack(tmp_path / "more/topic", {"scenario.yaml": "id: x\ntitle: [\n"})
    bad.rename(bad.with_name("bad"))
    good = pack(tmp_path / "more/topic")
    good.rename(good.with_name("good"))
    listed = scenarios([theirs, ours, tmp_path / "more"])
    assert [one.id for one in listed.entries] == ["good"]
    said = " ".join(one.message for one in listed.problems)
    assert f"{theirs / 'sample/scenario.yaml'}:1: {ours / 'sample'} has the id 'sample', too" in said
    assert "bad/scenario.yaml:3: " in said
    with pytest.raises(ScenarioError, match="has the id 'sample', too"):
        load_scenario("sample", [theirs, ours])
    assert [one.message for one in lint_scenarios([], [theirs, ours])] == [
        f"{ours / 'sample'} has the id 'sample', too: give one of them another (id and name of the folder)"
    ]


def test_a_damaged_table_of_scores_leaves_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "h").mkdir(mode=0o700)
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "h"))
    (tmp_path / "h/scores.json").write_text("{")
    pack(tmp_path)
    listed = scenarios([tmp_path])
    assert [(one.id, one.best) for one in listed.entries] == [("sample", None)]
    assert "scores.json" in listed.problems[0].message


def test_a_nearly_right_name_is_answered_with_the_right_one() -> None:
    known = {"ipw-complete": Path("x"), "ipw-tls": Path("y")}
    assert scenario_folder(known, "ipw-tls") == Path("y")
    with pytest.raises(UsageError, match="did you mean 'ipw-complete'"):
        scenario_folder(known, "ipw-complet")


def test_a_header_has_what_a_list_shows(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    assert header(folder) == Header(
        "sample", "A sample", "image-policy-webhook", "medium", 15, 100, bullet="secure-supply-chain"
    )


def test_a_header_that_cannot_be_read_says_where(tmp_path: Path) -> None:
    folder = pack(tmp_path, {"scenario.yaml": "id: x\ntitle: [\n"})
    with pytest.raises(ScenarioError, match=r"scenario\.yaml:3: "):
        header(folder)


def test_thirty_headers_are_quick(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    header(folder)
    start = time.process_time()
    for _ in range(30):
        header(folder)
    assert time.process_time() - start < 0.3  # of this process: 0.1 s


def test_a_list_imports_nothing_slow() -> None:
    code = "import sys, ckslab.scenario.find, ckslab.scenario.header; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def points(folder: Path) -> int:
    """The points of a header; 0 where it is refused with its file and a line."""
    try:
        return header(folder).points
    except ScenarioError as error:
        return 0 if error.message.startswith(f"{folder}/scenario.yaml:") else -1


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "&a [*a]", "", "null", "? [a]\n: b"]
)
def test_hostile_headers_end_in_a_header_or_an_error(tmp_path: Path, text: str) -> None:
    folder = pack(tmp_path, {"scenario.yaml": text})
    assert points(folder) == 0


PIECES = [line + "\n" for line in SCENARIO.splitlines()] + [
    "&a ",
    "*a\n",
    "- ",
    "[",
    "}",
    "? ",
    "points: 7\n",
]


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=100), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)))
def test_any_text_gives_a_header_or_an_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "scenario.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    assert points(folder) >= 0
