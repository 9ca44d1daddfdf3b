"""Whether what runs has written a file: looked at again for a while, because it may be about to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from ckslab.evidence import Fact, FileFact, Need, Unavailable
from ckslab.needs.files import nonsense, read_on_node
from ckslab.waiting import polls

if TYPE_CHECKING:
    from ckslab.needs.sources import Sources

SECONDS = 5.0
"""A container that runs has not written at once, and `date >FILE` leaves the file empty for a moment each time."""
PATIENCE = 0.5
"""After so many seconds whoever waits is told what for."""


@dataclass(frozen=True, slots=True)
class WrittenFact:
    """path: the first of the places that holds something; "" where none did as long as they were looked at."""

    path: str


@dataclass(frozen=True, slots=True)
class WrittenNeed(Need[WrittenFact]):
    """A file that holds something, at one of these places of the node."""

    live: ClassVar[bool] = True
    places: tuple[str, ...]

    def words(self) -> str:
        """What is asked."""
        return f"whether something was written to {' or '.join(self.places)}"

    def paths(self) -> tuple[str, ...]:
        """The places."""
        return self.places

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Look until each of them holds something, or the time is up."""
        found: dict[Self, Fact] = {}
        told = False
        for waited in polls(SECONDS, every=0.3, node=sources.node):
            missing = [need for need in needs if not _is_there(found.get(need))]
            if not missing:
                break
            if waited > PATIENCE and not told:
                sources.progress.step("waiting for what the programs write")
                told = True
            files = read_on_node(
                sources.node, files={place for need in missing for place in need.places}, folders=()
            )
            found |= {need: _among(need.places, files) for need in missing}
        return found


def _is_there(fact: Fact | None) -> bool:
    return isinstance(fact, WrittenFact) and bool(fact.path)


def _among(places: Collection[str], files: dict[str, FileFact]) -> WrittenFact | Unavailable:
    for place in places:
        if place not in files:
            return nonsense(place)
        if files[place].kind in ("file", "too-large") and files[place].size > 0:
            return WrittenFact(place)
    return WrittenFact("")
