"""A line ends where shells, editors and kubectl see its end, for every reader of what a learner or a node wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

import ckslab
from ckslab.checks import __path__ as checks
from ckslab.text_lines import lines_of

OF_OUR_OWN = {"cli", "cluster/kind", "cluster/local", "cluster/shipped.py", "exam", "lab", "render", "steps"}
"""Rooms that show texts, or read this machine's: there a line decides nothing of a grade."""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("\n", [""]),
        ("a", ["a"]),
        ("a\nb\n", ["a", "b"]),
        ("a\r\nb\r\n", ["a", "b"]),
        ("a\n\nb", ["a", "", "b"]),
        ("a\fb\vc\x1cd\x1de\x1ef\x85g\u2028h\u2029i\rj", ["a\fb\vc\x1cd\x1de\x1ef\x85g\u2028h\u2029i\rj"]),
    ],
)
def test_newlines_alone_end_a_line(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines


def test_no_other_end_of_a_line_is_taken_where_lines_are_graded() -> None:
    package = Path(ckslab.__file__).parent
    found = {
        file
        for root in (package, *map(Path, checks))
        for file in root.rglob("*.py")
        if ".splitlines(" in file.read_text(encoding="utf-8")
    }
    allowed = tuple(package / one for one in OF_OUR_OWN)
    assert [str(file) for file in sorted(found) if not any(file.is_relative_to(one) for one in allowed)] == []
