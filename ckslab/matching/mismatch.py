"""The first value of an object that is another one than an author's matchers want."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckslab.matching.matcher import Matcher
from ckslab.matching.value_path import select


@dataclass(frozen=True, slots=True)
class Mismatch:
    """expected, observed: both begin with the value's path."""

    expected: str
    observed: str


def mismatch(item: Mapping[str, Any], match: Mapping[str, Matcher]) -> Mismatch | None:
    """By path and matcher, in their order; None where all hold. A path without a value holds only if absent."""
    for path, matcher in match.items():
        expected, values = f"{path}: {matcher.expectation()}", select(item, path)
        if not values and not matcher.absent:
            return Mismatch(expected, f"{path} is not set")
        for _, value in values:
            if wrong := matcher.wrong(value):
                return Mismatch(expected, f"{path}: {wrong}")
    return None
