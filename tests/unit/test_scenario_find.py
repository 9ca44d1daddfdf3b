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
from ckslab.scenario.find import find_scenarios, scenario_folder
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


def test_a_nearly_right_name_is_answered_with_the_right_one() -> None:
    known = {"ipw-complete": Path("x"), "ipw-tls": Path("y")}
    assert scenario_folder(known, "ipw-tls") == Path("y")
    with pytest.raises(UsageError, match="did you mean 'ipw-complete'"):
        scenario_folder(known, "ipw-complet")


def test_a_header_has_what_a_list_shows(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    assert header(folder) == Header("sample", "A sample", "image-policy-webhook", "medium", 15, 100)


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


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=100), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)))
def test_any_text_gives_a_header_or_an_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "scenario.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    assert points(folder) >= 0
