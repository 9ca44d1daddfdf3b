"""Reading flags from a Kubernetes component's command line, as pflag does."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Argument(NamedTuple):
    """One element of an argument vector and its line in the manifest (None: from a live process)."""

    text: str
    line: int | None = None


class FlagValue(NamedTuple):
    """One setting of a flag; `bare` is a flag without a value, which reads as "true"."""

    value: str
    line: int | None = None
    bare: bool = False


Flags = Mapping[str, Sequence[FlagValue]]
"""Flag name without dashes -> its settings in order."""


def read_flags(argv: Iterable[Argument]) -> dict[str, list[FlagValue]]:
    """The flags of `argv`: `--f=v`, `--f v`, and `--f` alone (a boolean).

    Underscores in names count as dashes (component-base's WordSepNormalizeFunc). Flags with one dash
    are no long flags to pflag and are left out. What follows `--` is no flag.
    """
    flags: dict[str, list[FlagValue]] = {}
    rest = list(argv)[::-1]
    while rest:
        text, line = rest.pop()
        if text == "--":
            break
        if not text.startswith("--"):
            continue
        name, equals, value = text[2:].partition("=")
        bare = False
        if not equals:
            # pflag takes the next argument unless the flag is a boolean; which flags are booleans is
            # not known here, so a next argument that looks like a flag is not taken as a value.
            if rest and not rest[-1].text.startswith("-"):
                value = rest.pop().text
            else:
                value, bare = "true", True
        flags.setdefault(name.replace("_", "-"), []).append(FlagValue(value, line, bare))
    return flags


def process_flags(argv: Sequence[str]) -> dict[str, list[FlagValue]]:
    """The flags of a live process."""
    return read_flags(Argument(text) for text in argv)


def entries(values: Iterable[FlagValue]) -> list[str]:
    """The entries of a list flag: repeated flags add up, each is one CSV record (pflag's StringSlice).

    Entries keep their spaces: `A, B` has the entry ` B`, which kube-apiserver calls unknown.
    """
    found: list[str] = []
    for setting in values:
        if not setting.value:
            continue
        try:
            found += next(csv.reader([setting.value]), [])
        except csv.Error:  # a newline inside, or a field beyond csv's limit
            found.append(setting.value)
    return found
