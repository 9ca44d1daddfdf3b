"""What a page that comes back is shown: the last of what was printed, in the modes that what is gone switched on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckslab.web.terminal.modes import Modes
from ckslab.web.terminal.scrollback import Scrollback


def after(data: bytes) -> bytes:
    modes = Modes()
    modes.feed(data)
    return modes.sequence()


@pytest.mark.parametrize(
    ("printed", "left"),
    [
        (b"plain \x1b[31mred\x1b[0m \x1b[2J", b""),
        (b"\x1b[?1049h\x1b[?25l", b"\x1b[?25l\x1b[?1049h"),
        (b"\x1b[?1049h text \x1b[?1049l", b""),
        (b"\x1b[?1;2004h", b"\x1b[?1h\x1b[?2004h"),
        (b"\x1b[?1000h\x1b[?1006h\x1bc", b""),
        (b"\x1b[?7l", b"\x1b[?7l"),
        (b"\x1b[?12h\x1b[?999999h\x1b[?h\x1b[?;h", b""),
        (b"\x1b[?" + b"1" * 500 + b"h", b""),
    ],
)
def test_modes_are_those_that_are_on(printed: bytes, left: bytes) -> None:
    assert after(printed) == left


PIECES = st.sampled_from(
    [
        b"text\n",
        b"\x1b",
        b"[?",
        b"1049",
        b"h",
        b"l",
        b"25",
        b";",
        b"\x1b[?1049h",
        b"\x1b[?25l",
        b"\x1bc",
        b"\x1b[?1;2004h",
        b"x" * 80,
    ]
)


@given(st.lists(PIECES, max_size=30), st.integers(1, 7))
def test_it_does_not_matter_where_output_is_cut(pieces: list[bytes], step: int) -> None:
    whole = b"".join(pieces)
    cut = Modes()
    for begin in range(0, len(whole), step):
        cut.feed(whole[begin : begin + step])
    assert cut.sequence() == after(whole)


@given(st.lists(st.binary(max_size=300), max_size=60))
def test_what_is_kept_is_bounded_and_the_end_of_it_all(parts: list[bytes]) -> None:
    kept = Scrollback(limit=1000)
    for part in parts:
        kept.add(part)
    replay, whole = kept.replay(), b"".join(parts)
    assert len(replay) <= 1250 + 100
    assert whole.endswith(replay[-min(len(whole), 500) :]) or len(whole) < 500
    if len(whole) <= 1000:
        assert replay == whole


def test_a_cut_is_at_the_end_of_a_line() -> None:
    kept = Scrollback(limit=1000)
    for number in range(500):
        kept.add(b"line %03d\n" % number)
    assert kept.replay().startswith(b"line ")
    assert kept.replay().endswith(b"line 499\n")


def test_modes_of_what_is_gone_come_first() -> None:
    kept = Scrollback(limit=1000)
    kept.add(b"\x1b[?1049h\x1b[?1h")
    for _ in range(500):
        kept.add(b"drawn by an editor\n")
    assert kept.replay().startswith(b"\x1b[?1h\x1b[?1049hdrawn")
    assert kept.full_screen


def test_one_byte_at_a_time_takes_no_more_room() -> None:
    kept = Scrollback(limit=1000)
    for _ in range(10_000):
        kept.add(b"x")
    assert 1000 <= len(kept.replay()) <= 1250
