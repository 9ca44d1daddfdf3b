"""Patterns of authors are RE2's: none can hang, and what RE2 reads otherwise than Python is refused with a sentence."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ckslab.kubernetes.yaml.text import read_yaml
from ckslab.matching.pattern import Pattern, found, matches, matching_line

SCENARIOS = Path(__file__).parents[2] / "scenarios"
VALID = TypeAdapter(Pattern)

LINES = (
    'F1126 10:00:00 run.go:72] unable to read admission control configuration from "/etc/kubernetes/admission/admission_config.yaml"',
    'strict decoding error: a, unknown field "plugins[0].config"',
    "failed to read plugin config: error converting: yaml: line 12: found a tab character that violates indentation",
    'pods "probe-abcd1234" is forbidden: Post "https://external-service:1234/check-image?timeout=30s": dial tcp 1.2.3.4: refused',
    "valid value is between 1s and 30m0s, got 2h0m0s",
    "",
)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^(a|a)*$", "a" * 4000 + "b"),
        ("^((a+)b?)+$", "a" * 4000 + "!"),
        ("(.*)(.*)(.*)(.*)x$", "a" * 4096),
        ("^(a+)+$", "a" * 4000 + "b"),
        ("(x{1,30}){1,30}y", "x" * 4096),
    ],
)
def test_no_pattern_hangs(pattern: str, text: str) -> None:
    begin = time.monotonic()
    assert not found(VALID.validate_python(pattern), text)
    assert time.monotonic() - begin < 2


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(?=a)b", "lookaround"),
        ("(?<!a)b", "lookaround"),
        (r"(a)\1", "backreference"),
        (r"end\Z", r"\z"),
        ("a++", "possessive"),
        ("(?>a)", "atomic"),
        ("a{,3}", "lower bound"),
        ("((a{900}){900}){9}", "repetition size"),
        ("(", "missing )"),
        ("", "at least 1 character"),
        ("a" * 501, "at most 500 characters"),
    ],
)
def test_what_re2_does_not_know_is_refused_with_its_reason(pattern: str, said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        VALID.validate_python(pattern)


@given(st.text(), st.text())
def test_whatever_a_pattern_and_a_line_are_there_is_an_answer(pattern: str, line: str) -> None:
    try:
        valid = VALID.validate_python(pattern)
    except ValidationError:
        return
    assert matches(valid, line) in (True, False)


def test_half_of_a_surrogate_pair_in_a_line_is_a_character_like_others() -> None:
    assert matches("^.x$", "\ud800x")


def test_lines_count_from_one_and_the_end_of_a_long_one_is_not_looked_at() -> None:
    assert matching_line("b", ["a", "b"]) == 2
    assert matching_line("b", ["a" * 5000 + "b"]) is None


def shipped() -> Iterator[str]:
    def inside(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for key, one in value.items():
                texts = one if isinstance(one, list) else [one]
                if key in ("matches", "forbid", "signatures") and all(isinstance(text, str) for text in texts):
                    yield from texts
                yield from inside(one)
        elif isinstance(value, list):
            for one in value:
                yield from inside(one)

    for path in SCENARIOS.rglob("scenario.yaml"):
        yield from inside(read_yaml(path.read_text()).value)


@pytest.mark.parametrize("pattern", sorted(set(shipped())))
def test_a_shipped_pattern_means_to_re2_what_it_means_to_python(pattern: str) -> None:
    filled = VALID.validate_python(pattern.replace("${nonce}", "abcd1234"))
    for line in LINES:
        assert matches(filled, line) is (re.search(filled, line) is not None)
