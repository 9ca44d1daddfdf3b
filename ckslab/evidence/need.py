"""What a check has to know: a need is a question with its words, and it names the fact that answers it.

The needs themselves are in `ckslab.needs`, one file each: with the fact, and with how it is found out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeAlias

from typing_extensions import TypeVar

if TYPE_CHECKING:
    from ckslab.needs.sources import HandedInSources, Sources

F = TypeVar("F", covariant=True, default=Any)

Fact: TypeAlias = object
"""What was found out: for a `Need[F]` an F, frozen and plain data, or Unavailable."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """This could not be found out, and why, in words for the learner.

    `api_down` is True when the only reason is that the API server does not serve. `not_applicable`: this kind
    of grading was never to find it out (files alone, and only a lab or a cluster can tell).
    """

    reason: str
    api_down: bool = False
    not_applicable: bool = False


class Need(ABC, Generic[F]):
    """A question about a lab, whose answer is an F. Subclasses are frozen dataclasses: equal needs are one need.

    live: only a running cluster can tell, so that a check that needs it is not graded from files alone.
    Needs of one type, and of types that inherit one `collect`, are collected together.
    """

    __slots__ = ()
    live: ClassVar[bool] = False

    @abstractmethod
    def words(self) -> str:
        """What is asked, in words that follow "files do not tell"."""

    def paths(self) -> Iterable[str]:
        """Node paths that it is about."""
        return ()

    def services(self) -> Iterable[str]:
        """Names of the lab's services that it is about."""
        return ()

    def values(self) -> Iterable[str]:
        """What each of these services has to tell: names of a `ServiceFact`'s values."""
        return ()

    @classmethod
    @abstractmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> Mapping[Self, Fact]:
        """A fact for each of these needs from a running lab, Unavailable where one cannot be found out.

        An exception makes all of them Unavailable.
        """

    @classmethod
    def of_files(cls, needs: Collection[Self], sources: HandedInSources) -> Mapping[Self, Fact]:  # noqa: ARG003 - for those that read files
        """The same from handed-in files, and from what the lab said of itself when they were."""
        return {need: need.not_in_files() for need in needs}

    def not_in_files(self) -> Unavailable:
        """What files say of a need that they cannot meet.

        Where only a running cluster could: not applicable. Where the lab could have said it beside the files:
        undecided, with the way to have it said.
        """
        if self.live:
            return Unavailable(f"handed-in files do not tell {self.words()}: only a lab knows", not_applicable=True)
        return Unavailable(f"files alone do not tell {self.words()}; an archive by ckslab hand-in does")


Collect: TypeAlias = Callable[[frozenset[Need]], Mapping[Need, Fact]]
"""Finds out a set of needs, side by side: a fact for each."""
