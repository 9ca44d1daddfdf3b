"""Reading flags from a Kubernetes component's command line, as pflag does."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from ckslab.kubernetes.static_pod.expansion import Parts


class Argument(NamedTuple):
    """One element of an argument vector and its line in the manifest (None: from a live process).

    parts: what stands around each value that only the kubelet knows; empty where `text` is the whole argument.
    """

    text: str
    line: int | None = None
    parts: Parts = ()

    def may_be(self, text: str) -> bool:
        """Whether the argument of a live process is this one."""
        if not self.parts:
            return text == self.text
        return re.fullmatch(".*".join(map(re.escape, self.parts)), text, re.DOTALL) is not None


class FlagValue(NamedTuple):
    """One setting of a flag; `bare` is a flag without a value, which reads as "true".

    unknown: the value holds something that only the kubelet knows.
    """

    value: str
    line: int | None = None
    bare: bool = False
    unknown: bool = False


Flags = Mapping[str, Sequence[FlagValue]]
"""Flag name without dashes -> its settings in order."""


class CommandLine(NamedTuple):
    """An argument vector as pflag reads it. others: what is neither a flag nor the value of one."""

    flags: dict[str, list[FlagValue]]
    others: tuple[Argument, ...] = ()


def read_flags(argv: Iterable[Argument], switches: Container[str] | None = None) -> dict[str, list[FlagValue]]:
    """The flags of `argv`; see `read_command_line`."""
    return read_command_line(argv, switches).flags


def read_command_line(argv: Iterable[Argument], switches: Container[str] | None = None) -> CommandLine:
    """`--f=v`, `--f v`, and `--f` alone. switches: the flags that take no value without `=`; None: not known.

    Underscores in names count as dashes (component-base's WordSepNormalizeFunc). What follows `--` is no flag,
    and what begins with one dash is no long flag. Where the switches are not known, a next argument that looks
    like a flag is not taken as a value.
    """
    flags: dict[str, list[FlagValue]] = {}
    others: list[Argument] = []
    rest = list(argv)[::-1]
    while rest:
        argument = rest.pop()
        text = argument.text
        if text == "--":
            others += rest[::-1]
            break
        if not text.startswith("--"):
            others.append(argument)
            continue
        name, equals, value = text[2:].partition("=")
        name = name.replace("_", "-")
        setting = FlagValue(value, argument.line, unknown=bool(argument.parts))
        if not equals:
            setting = FlagValue("true", argument.line, bare=True)
            if rest and _takes_next(name, rest[-1].text, switches):
                following = rest.pop()
                setting = FlagValue(following.text, argument.line, unknown=bool(following.parts))
        flags.setdefault(name, []).append(setting)
    return CommandLine(flags, tuple(others))


def _takes_next(name: str, following: str, switches: Container[str] | None) -> bool:
    if " " in name:  # a flag and its value in one item: no component has such a flag
        return False
    return not following.startswith("-") if switches is None else name not in switches


def entries(values: Iterable[FlagValue]) -> list[str]:
    """The entries of a list flag: repeated flags add up, each is one CSV record (pflag's StringSlice).

    Entries keep their spaces: `A, B` has the entry ` B`, which kube-apiserver calls unknown. A value that is no
    CSV counts as one entry (the component does not start with it).
    """
    found: list[str] = []
    for setting in values:
        record = csv_record(setting.value)
        found += [setting.value] if record is None else record
    return found


_FIELD = re.compile(r'"(?P<quoted>(?:[^"]|"")*)"(?=[,\n]|\Z)|(?P<plain>[^",\n]*)(?=[,\n]|\Z)')


def csv_record(text: str) -> list[str] | None:
    """The first record as Go's encoding/csv reads it, None where it refuses: a quote inside or behind a field."""
    text = text.replace("\r\n", "\n").lstrip("\n")
    fields: list[str] = []
    at = 0
    while text:
        match = _FIELD.match(text, at)
        if match is None:
            return None
        quoted = match["quoted"]
        fields.append(match["plain"] if quoted is None else quoted.replace('""', '"'))
        at = match.end() + 1
        if text[match.end() : at] != ",":
            break
    return fields


def misread(flags: Flags, name: str) -> tuple[str, int | None] | None:
    """Why a flag is not what its author took it for, and the line: habits of a shell in an argument vector."""
    for other, settings in flags.items():
        if other.split(" ", 1)[0] == name and other != name:
            why = (
                f"the item is taken for one flag, `--{other}`: write --{name}=VALUE, or VALUE as an item of its own"
            )
            return why, settings[-1].line
    for setting in flags.get(name, ()):
        if setting.value[:1] in ("'", '"') and setting.value[:1] == setting.value[-1:] and len(setting.value) > 1:
            why = f"the quotes in {setting.value} are a part of the value: there is no shell that takes them away"
            return f"{why}, and YAML leaves those inside an item as they are", setting.line
    return None
