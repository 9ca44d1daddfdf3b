"""What a value should be: the small language that checks on values share."""

from __future__ import annotations

import json
from typing import Any

from pydantic import Field, model_validator

from ckslab.evidence import Params
from ckslab.matching.pattern import Pattern, found

MISSING: Any = object()
"""Stands for a value that is not there."""

_KEYS = ("equals", "one_of", "contains", "excludes", "only", "matches", "absent")
_SHORT = 100


def shown(value: Any) -> str:
    """A value as a learner would type it, short."""
    if value is MISSING:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 120 else text[:117] + "..."


class Matcher(Params):
    """One or more of these; all that are given must hold.

    equals: that value (a list: the same entries in any order). one-of: one of these. contains: a list
    has all of these entries, a text all of these parts. excludes: none of these. only: a list has no other
    entries, a mapping no other keys. matches: a regular expression is found in the text. absent: there is
    no value (false: there is one).
    A plain value instead of a mapping means `equals`.
    """

    equals: Any = None
    one_of: tuple[Any, ...] | None = Field(None, min_length=1)
    contains: tuple[Any, ...] | None = Field(None, min_length=1)
    excludes: tuple[Any, ...] | None = Field(None, min_length=1)
    only: tuple[Any, ...] | None = Field(None, min_length=1)
    matches: Pattern | None = None
    absent: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return {"equals": given}
        lists = ("contains", "excludes", "only")
        return {
            key: [value] if key in lists and not isinstance(value, list | tuple) else value
            for key, value in given.items()
        }

    @model_validator(mode="after")
    def _says_something(self) -> Matcher:
        if not self.model_fields_set & set(_KEYS):
            raise ValueError("asserts nothing: give equals, one-of, contains, excludes, only, matches or absent")
        return self

    def wrong(self, value: Any) -> str:
        """What is wrong with `value` in the learner's words; "" if nothing is."""
        if value is MISSING:
            if self.absent or (self.absent is None and not self._demands_value()):
                return ""
            return "it is not set"
        if self.absent:
            return f"it is {shown(value)}"
        if "equals" in self.model_fields_set and not same(value, self.equals):
            return f"it is {_told_apart(value, self.equals)}"
        if self.one_of is not None and not any(same(value, each) for each in self.one_of):
            return f"it is {shown(value)}"
        return self._wrong_parts(value)

    def _demands_value(self) -> bool:
        return bool(self.model_fields_set & {"equals", "one_of", "contains", "matches"})

    def _wrong_parts(self, value: Any) -> str:
        lost = [shown(each) for each in self.contains or () if not holds(value, each)]
        if lost:
            return f"{' and '.join(lost)} {'is' if len(lost) == 1 else 'are'} not in {shown(value)}"
        excess = [shown(each) for each in self.excludes or () if holds(value, each)]
        if excess:
            return f"{' and '.join(excess)} must not be in {shown(value)}"
        if self.only is not None and not isinstance(value, dict | list | tuple):
            return f"it is {shown(value)}"
        other = [shown(each) for each in value if not holds(self.only, each)] if self.only is not None else []
        if other:
            return f"{' and '.join(other[:5])} must not be in {shown(value)}"
        if self.matches is not None and not (isinstance(value, str) and found(self.matches, value)):
            return f"it is {shown(value)}"
        return ""

    def expectation(self) -> str:
        """What is expected, as the rest of a sentence that begins with the value's name."""
        parts = []
        if self.absent is not None:
            parts.append("absent" if self.absent else "set")
        if "equals" in self.model_fields_set:
            parts.append(shown(self.equals))
        if self.one_of is not None:
            parts.append("one of " + ", ".join(map(shown, self.one_of)))
        if self.contains is not None:
            parts.append("with " + ", ".join(map(shown, self.contains)))
        if self.excludes is not None:
            parts.append("without " + ", ".join(map(shown, self.excludes)))
        if self.only is not None:
            parts.append("with nothing but " + ", ".join(map(shown, self.only)))
        if self.matches is not None:
            parts.append(f"matching {self.matches}")
        return ", ".join(parts)


def _told_apart(value: Any, wanted: Any) -> str:
    """A value that is another one than `wanted`, though it may look the same: the text "false" is not false."""
    if isinstance(value, str) and isinstance(wanted, bool | int | float):
        return f"{json.dumps(value, ensure_ascii=False)}, a text" if len(value) < _SHORT else shown(value)
    return shown(value) + (", no text" if shown(value) == wanted else "")


def same(value: Any, wanted: Any) -> bool:
    """Equality of JSON values; true is not 1, and lists compare without order."""
    if isinstance(value, list | tuple) and isinstance(wanted, list | tuple):
        return sorted(map(_key, value)) == sorted(map(_key, wanted))
    return _key(value) == _key(wanted)


def holds(value: Any, part: Any) -> bool:
    """Whether a list has that entry, a mapping that key, or a text that part."""
    if isinstance(value, str):
        return isinstance(part, str) and part in value
    if isinstance(value, list | tuple):
        return any(same(each, part) for each in value)
    return isinstance(value, dict) and part in value


def _key(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON knows one kind of number
    return json.dumps(value, sort_keys=True, default=str)
