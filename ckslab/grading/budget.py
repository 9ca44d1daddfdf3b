"""What one grading may cost, live and from files alike: how much it reads, and for how long it finds out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from ckslab.evidence import Collect, Fact, FileFact, FolderFact, Need, Unavailable

MAX_BYTES = 16 << 20
"""Bytes of all files that are read. Those of a control plane and of a long answer are some 100 KiB."""

MAX_NODES = 100_000
"""Values of YAML in them, counted by the marks that they begin with: read in about a second."""

MAX_SECONDS = 180.0
"""After which nothing more is found out. A round that has begun ends by its own time-outs."""

_MARKS = (*",[{:?", *(f"-{space}" for space in " \t\r\n\x85\u2028\u2029"))
"""Each begins at most two values: an item, or a key and what it names."""

_TOO_MUCH = Unavailable(
    f"not read: one grading reads {MAX_BYTES >> 20} MiB and {MAX_NODES} values of the node's files at most"
)
_TOO_LATE = Unavailable(f"not found out: one grading takes {MAX_SECONDS:.0f} s at most")


class Budget:
    """What is left of it for one grading. clock: in seconds.

    What is read is counted by the files alone, in a fixed order: the same files always meet the same end of it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._bytes, self._nodes = MAX_BYTES, MAX_NODES
        self._clock = clock
        self._end = clock() + MAX_SECONDS

    def within(self, collect: Collect) -> Collect:
        """`collect`, whose facts are Unavailable where they cost more than is left."""

        def bounded(needs: frozenset[Need]) -> Mapping[Need, Fact]:
            if self._clock() > self._end:
                return dict.fromkeys(needs, _TOO_LATE)
            found = collect(needs)
            return {need: self._paid(found[need]) for need in sorted(found, key=repr)}

        return bounded

    def _paid(self, fact: Fact) -> Fact:
        files = files_of(fact)
        size = sum(len(file.text or "") for file in files)
        count = sum(nodes(file.text or "") for file in files)
        if size > self._bytes or count > self._nodes:
            return _TOO_MUCH
        self._bytes -= size
        self._nodes -= count
        return fact


def files_of(fact: Fact) -> tuple[FileFact, ...]:
    """The files that a fact holds."""
    if isinstance(fact, FolderFact):
        return (fact.folder, *fact.files.values())
    return (fact,) if isinstance(fact, FileFact) else ()


def nodes(text: str) -> int:
    """At least as many as a YAML reader makes values of this text, aliases aside, and one for the file itself."""
    return 1 + 2 * sum(f"{text}\n".count(mark) for mark in _MARKS)
