"""What USER means where the image runs: a uid, or a name that the image has to know.

As containerd reads it (v2.3, pkg/oci/spec_opts.go, WithUser): `user` or `user:group`, and what Go's strconv.Atoi
takes is a number. No user is root. Whose uid a name is, no Dockerfile tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"[+-]?[0-9]+")
_MAX_ID = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class User:
    """uid: None where it is called by its name. problem: why no container starts with it ("" if one may)."""

    uid: int | None = None
    problem: str = ""


def read_user(text: str) -> User:
    """The user of a USER instruction whose variables are filled in."""
    name, *groups = text.split(":")
    if len(groups) > 1:
        return User(problem="it has more than a user and a group")
    for number in (name, *groups):
        if _NUMBER.fullmatch(number) and not 0 <= _number(number) <= _MAX_ID:
            return User(problem=f"{number[:20]} is out of range")
    if re.search(r"\s", text):
        return User(problem="all of the line is the name, a comment too, and nobody is called so")
    if _NUMBER.fullmatch(name):
        return User(_number(name))
    return User(0) if name in ("", "root") else User()


def _number(digits: str) -> int:
    """As strconv.Atoi; what is longer than any number that counts is some large one."""
    value = digits.lstrip("+-").lstrip("0")
    return int(f"{digits[0] if digits[0] in '+-' else ''}{value[:12] or '0'}")
