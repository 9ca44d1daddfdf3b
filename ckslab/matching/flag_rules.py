"""What a component's flags should be, judged on a manifest's or a live process' flags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ckslab.kubernetes.static_pod.flags import Flags, entries, misread
from ckslab.matching.matcher import MISSING, Matcher, shown


@dataclass(frozen=True, slots=True)
class Wrong:
    """One flag that is wrong: what was expected, what is there, on which line of the manifest."""

    flag: str
    expected: str
    observed: str
    line: int | None = None


def wrong_flags(rules: Mapping[str, Matcher], flags: Flags, before: Callable[[], Flags]) -> list[Wrong]:
    """Every rule that is broken. before: the flags of the initial files, to say what was lost."""
    found = []
    for name, matcher in rules.items():
        observed = _wrong(name, matcher, flags, before)
        if observed:
            settings = flags.get(name)
            line = settings[-1].line if settings else None
            if odd := misread(flags, name):
                observed, line = odd
            found.append(Wrong(name, f"--{name}: {matcher.expectation()}", observed, line))
    return found


def _wrong(name: str, matcher: Matcher, flags: Flags, before: Callable[[], Flags]) -> str:
    settings = flags.get(name)
    if not settings:
        wrong = matcher.wrong(MISSING)
        return f"there is no --{name}" if wrong else ""
    as_list = bool(matcher.contains or matcher.excludes or isinstance(matcher.equals, list | tuple))
    if not as_list:
        return matcher.wrong(settings[-1].value)
    have = entries(settings)
    spaced = [entry for entry in have if entry != entry.strip()]
    if spaced:
        # enable-admission-plugins plugin " X" is unknown (kube-apiserver v1.35.4)
        return f'"{spaced[0]}" has a space in it: kube-apiserver does not know an entry of that name'
    return _lost(name, matcher, have, before) or _switched_off(name, matcher, flags) or matcher.wrong(have)


def _lost(name: str, matcher: Matcher, have: list[str], before: Callable[[], Flags]) -> str:
    missing = [str(entry) for entry in matcher.contains or () if entry not in have]
    if not missing:
        return ""
    had = entries(before().get(name, ()))
    parts = [f"{entry} is {'no longer' if entry in had else 'not'} in the list" for entry in missing]
    return f"{', '.join(parts)} ({shown(','.join(have))})"


def _switched_off(name: str, matcher: Matcher, flags: Flags) -> str:
    if name != "enable-admission-plugins":
        return ""
    off = entries(flags.get("disable-admission-plugins", ()))
    both = [str(entry) for entry in matcher.contains or () if entry in off]
    return f"{both[0]} is also in --disable-admission-plugins" if both else ""
