"""What policies in a node folder's files say to objects, tried without a cluster."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from typing_extensions import TypeVar

from ckslab.evidence import Fact, FolderFact, Need
from ckslab.needs.files import FolderNeed
from ckslab.needs.probe import ProbeFact, ProbeNeed

if TYPE_CHECKING:
    from ckslab.needs.sources import HandedInSources, Sources

N = TypeVar("N", bound="TrialNeed")


@dataclass(frozen=True, slots=True)
class TrialFact:
    """Policies tried without a cluster: an answer to each probe, as the API server would give it.

    problem: why there are none: the policies are no good, or there are none ("" if neither). remarks: on what lies
    in the folder and counts for nothing, such as an object of a group that nobody serves. templates: those that are
    there.
    """

    answers: tuple[ProbeFact, ...] = ()
    problem: str = ""
    remarks: tuple[str, ...] = ()
    templates: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class TrialNeed(Need[TrialFact]):
    """What the Gatekeeper policies in a node folder's files say to these objects, without a cluster."""

    folder: str
    probes: tuple[ProbeNeed, ...]

    def words(self) -> str:
        """What is asked."""
        return "what the API server does"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Try the policies that lie on the node."""
        return _tried(needs, FolderNeed.collect({FolderNeed(need.folder) for need in needs}, sources))

    @classmethod
    def of_files(cls, needs: Collection[Self], sources: HandedInSources) -> dict[Self, Fact]:
        """Try the policies that were handed in."""
        return _tried(needs, FolderNeed.of_files({FolderNeed(need.folder) for need in needs}, sources))


def _tried(needs: Collection[N], folders: Mapping[FolderNeed, Fact]) -> dict[N, Fact]:
    """Each need's trial, or why its folder could not be read."""
    from ckslab.needs.trial.gator import try_policies  # only where files alone are graded

    found = {need: folders[FolderNeed(need.folder)] for need in needs}
    return {
        need: try_policies(folder, need) if isinstance(folder, FolderFact) else folder
        for need, folder in found.items()
    }
