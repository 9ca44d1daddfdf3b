"""Entries of a log: values of several lines, what is cut off, and what a component ended with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckslab.control_plane.look import without_heads
from ckslab.kubernetes.klog import MAX_VALUE_LINES, entries, fatal_message, message, quoted, unquoted

HEAD = "E1123 16:00:00.000000       1 run.go:72] "
INFO = "I1123 16:00:01.000000       1 x.go:1] all is well"
DOUBLED = [
    HEAD + '"command failed" err=<',
    "\tfailed to apply admission: failed to read plugin config: strict decoding error: yaml: unmarshal errors:",
    '\t  line 3: key "kind" already set in map',
    " >",
]


def test_a_value_of_several_lines_is_part_of_its_entry() -> None:
    whole, info = entries([*DOUBLED, INFO])
    assert info == INFO
    assert message(whole).splitlines()[1] == '  line 3: key "kind" already set in map'
    assert fatal_message([*DOUBLED, INFO]).endswith('line 3: key "kind" already set in map')


def test_what_follows_such_a_value_is_of_the_same_entry() -> None:
    lines = [HEAD + '"failed" err=<', "\ta", "\tb", ' > pod="x" more=<', "\tc", " >"]
    assert [*entries(lines)] == [HEAD + '"failed" err="a\\nb" pod="x" more="c"']


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ([*DOUBLED[2:], INFO], [INFO]),  # its beginning is before the lines that were read
        ([*DOUBLED[:2], INFO], 2),  # it was never closed
        ([DOUBLED[0]], 1),
        ([], []),
        ([" >"], []),
        (["\tgoroutine"], []),
    ],
)
def test_a_part_of_an_entry_spoils_no_other(lines: list[str], wanted: list[str] | int) -> None:
    found = [*entries(lines)]
    assert found == wanted if isinstance(wanted, list) else len(found) == wanted


def test_an_entry_that_is_never_closed_is_bounded() -> None:
    found = [*entries([DOUBLED[0], *["\tx"] * 5000])]
    assert len(found) == 1
    assert found[0].count("x") == MAX_VALUE_LINES


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=2, max_size=5))
def test_a_value_is_read_as_it_was_written(value: list[str]) -> None:
    lines = [HEAD + '"command failed" err=<', *("\t" + line for line in value), " >"]
    assert fatal_message(lines) == "\n".join(value)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_quoting_is_undone(text: str) -> None:
    assert unquoted(quoted(text)[1:-1]) == text


def test_the_last_fatal_entry_counts_and_no_other_is_fatal() -> None:
    lines = (HEAD + '"command failed" err="first"', "W" + INFO[1:], HEAD + '"command failed" err="second \\"x\\""')
    assert fatal_message(lines) == 'second "x"'
    assert fatal_message((INFO,)) == ""


def test_a_line_that_the_runtime_cut_is_put_together_again() -> None:
    raw = ["T stderr F one", "T stderr P tw", "T stderr P:x o ", "T stderr F more", "no head", "T stderr P end"]
    assert without_heads(raw) == ("one", "two more", "no head", "end")
