"""Waiting: until something is there, for a bounded time, and not for a node that has ended meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from ckslab.errors import LabError

T = TypeVar("T")


class Ending(Protocol):
    """What may end while it is waited for: a lab's node."""

    def ended(self) -> bool:
        """Whether it has ended; cheap, because it is asked several times a second."""


def wait_until(
    what: str,
    found: Callable[[], T | None],
    seconds: float,
    *,
    every: float = 0.1,
    node: Ending | None = None,
    details: Callable[[], str] | None = None,
    advice: str = "",
) -> T:
    """The first truthy value that `found` gives.

    LabError after `seconds`: what: words that follow "waited for"; details: what else there is to say, asked
    then. LabError at once when the node has ended.
    """
    for _ in polls(seconds, every=every, node=node):
        if value := found():
            return value
    raise LabError(
        f"waited {seconds:.0f} s for {what}, in vain", advice=advice, details=details() if details else ""
    )


def polls(seconds: float, *, every: float = 0.1, node: Ending | None = None) -> Iterator[float]:
    """Now, and again `every` so many seconds until `seconds` are over: each time how long it has waited.

    LabError when the node has ended.
    """
    begin = time.monotonic()
    waited = 0.0
    while waited <= seconds:
        yield waited
        if node is not None and node.ended():
            raise LabError("the lab's node ended", advice="next: ckslab status")
        time.sleep(every)
        waited = time.monotonic() - begin
