"""Texts that others wrote (files, logs, servers) made safe to show: no control characters get through."""

from __future__ import annotations

import re

# C0 without tab and newline, DEL, C1; separators that break lines; marks that turn the direction of
# writing (a path could look like another); surrogates and non-characters, which cannot be encoded.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_SPACE = re.compile(r"[\t\r\n]+")


def block(text: str) -> str:
    """`text` with its lines and tabs kept, and a replacement character for each unsafe one."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def line(text: str) -> str:
    """`text` as one line: line ends and tabs become a space."""
    return block(_SPACE.sub(" ", text).strip())
