"""Tasks added up by the bullet of the curriculum, and by topic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from ckslab.review.model import Group, ReviewTask


def groups(tasks: Sequence[ReviewTask]) -> tuple[Group, ...]:
    """First by bullet, then by topic, each in the order of the tasks; tasks without a bullet are in none."""
    return (*_by("bullet", tasks, lambda task: task.bullet), *_by("topic", tasks, lambda task: task.topic))


def _by(
    what: Literal["bullet", "topic"], tasks: Iterable[ReviewTask], name_of: Callable[[ReviewTask], str]
) -> list[Group]:
    found = dict[str, list[ReviewTask]]()
    for task in tasks:
        found.setdefault(name_of(task), []).append(task)
    return [
        Group(
            by=what,
            name=name,
            tasks=len(same),
            earned=sum(task.earned for task in same),
            undecided=sum(task.undecided for task in same),
            weight=sum(task.weight for task in same),
        )
        for name, same in found.items()
        if name
    ]
