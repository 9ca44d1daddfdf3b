"""Which checks wait for which: circles, and everything that a failing check takes with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from ckslab.scenario.model import Check


def circle(checks: Sequence[Check]) -> tuple[str, ...]:
    """Checks that wait for themselves, by `after` and `with`, the first again at the end; () if none does."""
    follows = {check.id: (*check.after, *check.with_) for check in checks}
    done: set[str] = set()
    for first in follows:
        path: list[str] = []
        stack = [(first, 0)]
        while stack:
            name, branch = stack.pop()
            if branch == 0:
                if name in path:
                    return (*path[path.index(name) :], name)
                if name in done:
                    continue
                path.append(name)
            if branch < len(follows.get(name, ())):
                stack += [(name, branch + 1), (follows[name][branch], 0)]
            else:
                path.pop()
                done.add(name)
    return ()


def falls_by_itself(check: Check, failing: Collection[str]) -> bool:
    """Whether a failing check has no other to blame: none it waits for fails, and none it guards with."""
    return check.id in failing and not any(name in failing for name in (*check.after, *check.with_))


def dragged_along(checks: Iterable[Check], failing: Collection[str]) -> set[str]:
    """Checks that must fail beside `failing`: those that wait for one of them, and guards beside one."""
    every, found = list(checks), set(failing)
    while True:
        more = {check.id for check in every if found.intersection((*check.after, *check.with_))} - found
        if not more:
            return found - set(failing)
        found |= more
