"""Which admission plugins should be on, judged by what the API server makes of all its flags."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Self

from pydantic import model_validator

from ckslab.kubernetes.static_pod.flags import Flags, entries, misread
from ckslab.kubernetes.v1_35.admission_plugins import (
    DISABLE_FLAG,
    ENABLE_FLAG,
    KNOWN,
    ONLY_FLAG,
    enabled_plugins,
    why_off,
)
from ckslab.matching.flag_rules import Wrong
from ckslab.strict import Strict


class PluginRules(Strict):
    """enabled, disabled: plugins that are on, or off. keep: whatever was on at the start is still on."""

    enabled: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()
    keep: bool = False

    @model_validator(mode="after")
    def _known(self) -> Self:
        names = (*self.enabled, *self.disabled)
        if not names and not self.keep:
            raise ValueError("give enabled, disabled or keep")
        for name in names:
            if name not in KNOWN:
                raise ValueError(f"kube-apiserver has no admission plugin {name}")
        return self


def wrong_plugins(rules: PluginRules, flags: Flags, before: Callable[[], Flags]) -> Iterator[Wrong]:
    """What is wrong: lists that the API server refuses, plugins that are off, that were lost, that are on.

    before: the flags of the initial files, empty where they are not known.
    """
    for flag in (flag for flag in (ENABLE_FLAG, DISABLE_FLAG, ONLY_FLAG) if flag in flags):
        if why := _refused(flag, flags):
            yield Wrong(flag, f"--{flag} with names of admission plugins", *(misread(flags, flag) or why))
            return
    on = enabled_plugins(flags)
    earlier = enabled_plugins(before()) & KNOWN
    missing = [name for name in rules.enabled if name not in on]
    yield from _off([name for name in missing if name not in earlier], "is not on", flags)
    lost = earlier - on if rules.keep else earlier & set(missing)
    yield from _off(sorted(lost), "is no longer on", flags)
    for name in (name for name in rules.disabled if name in on):
        yield Wrong(ENABLE_FLAG, f"the admission plugin {name} is off", f"{name} is on", _line(flags, ENABLE_FLAG))


def _refused(flag: str, flags: Flags) -> tuple[str, int | None] | None:
    names, line = entries(flags[flag]), _line(flags, flag)
    for name in (name for name in names if name not in KNOWN):
        if name.strip() in KNOWN:
            return f'"{name}" has a space in it: kube-apiserver does not know an entry of that name', line
        return f'{flag} plugin "{name}" is unknown: kube-apiserver does not start', line
    both = sorted(set(names) & set(entries(flags.get(ENABLE_FLAG, ())))) if flag == DISABLE_FLAG else []
    if both:
        return f"{both[0]} is in --{ENABLE_FLAG} and in --{flag}: kube-apiserver does not start", line
    if flag == ONLY_FLAG and (ENABLE_FLAG in flags or DISABLE_FLAG in flags):
        return f"--{flag} stands beside --{ENABLE_FLAG} or --{DISABLE_FLAG}: kube-apiserver does not start", line
    return None


def _off(names: list[str], word: str, flags: Flags) -> Iterator[Wrong]:
    if not names:
        return
    flag, why = why_off(flags, names[0])
    more = f"; so are {len(names) - 1} more" if len(names) > 1 else ""
    seen = f"{names[0]} {word}: {why}{more}", _line(flags, flag)
    yield Wrong(flag, f"the admission plugin {names[0]} is on", *(misread(flags, flag) or seen))


def _line(flags: Flags, flag: str) -> int | None:
    settings = flags.get(flag)
    return settings[-1].line if settings else None
