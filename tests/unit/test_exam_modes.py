"""A terminal is a shell's again after a program that was ended in the middle."""

from __future__ import annotations

import pytest

from ckslab.exam.terminal.modes import Modes

VIM = b"\x1b[?1049h\x1b[22;0;0t\x1b[?1h\x1b=\x1b[?2004h\x1b[1;44r\x1b[?12h\x1b[?25l"
LEFT = b"\x1b[?2004l\x1b[?1l\x1b>\x1b[?25h\x1b[r\x1b[?1049l"
BACK = b"\x1b7\x1b[r\x1b8\x1b>\x1b[?25h\x1b[?1l\x1b[?2004l\x1b[?1049l\x1b[0m"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_what_was_asked_is_taken_back_however_it_comes_in_pieces(size: int) -> None:
    modes, text = Modes(), b"a line\r\n" + VIM + b"its text \x1b[1m"
    for begin in range(0, len(text), size):
        modes.seen(text[begin : begin + size])
    assert modes.taken_back() == BACK
    assert modes.taken_back() == b""


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_nothing_is_taken_back_of_a_program_that_ended_by_itself(size: int) -> None:
    modes, text = Modes(), VIM + b"its text" + LEFT
    for begin in range(0, len(text), size):
        modes.seen(text[begin : begin + size])
    assert modes.taken_back() == b""


@pytest.mark.parametrize(
    ("text", "back"),
    [
        (b"", b""),
        (b"\x1b[31mred\x1b[0m \x1b]0;title\x07", b""),
        (b"\x1b[?1002;1006h", b"\x1b[?1002l\x1b[?1006l\x1b[0m"),
        (b"\x1b[?1002;1006h\x1b[?1006l", b"\x1b[?1002l\x1b[0m"),
        (b"\x1b[?47h", b"\x1b[?47l\x1b[0m"),
        (b"\x1b[?7777h\x1b[?h", b""),
        (b"\x1b[r", b""),
        (b"\x1b[;r", b""),
        (b"\x1b[?" + b"1;" * 500 + b"h", b""),
        (b"\x1b[?" + b"9" * 60 + b"h", b""),
    ],
)
def test_modes_that_a_shell_has_not(text: bytes, back: bytes) -> None:
    modes = Modes()
    modes.seen(text)
    assert modes.taken_back() == back


def test_a_piece_that_never_ends_is_not_kept() -> None:
    modes = Modes()
    for _ in range(1000):
        modes.seen(b"\x1b[?" + b"1" * 1000)
    assert len(modes._rest) <= 64
    modes.seen(b"\x1b[?1049h")
    assert modes.taken_back() == b"\x1b[?1049l\x1b[0m"
