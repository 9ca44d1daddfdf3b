"""Evidence: all facts of one grading, frozen; checks read it and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar, overload

from ckslab.evidence import facts as known
from ckslab.evidence import need
from ckslab.kubernetes.node_file import FileFact, FolderFact

F = TypeVar("F")


class NotCollected(Exception):
    """A check reads a fact before it is collected: grading asks for it and judges the check again.

    Raised by `Evidence`, caught by grading only; see `CheckType.needs`.
    """

    def __init__(self, missing: need.Need) -> None:
        super().__init__(f"not collected: {missing}")
        self.missing = missing


class NotAvailable(Exception):
    """A fact could not be found out: the check that reads it is unknown, for this reason."""

    def __init__(self, unavailable: known.Unavailable) -> None:
        super().__init__(unavailable.reason)
        self.unavailable = unavailable


@dataclass(frozen=True)
class Evidence:
    """Facts by need. `of` gives a fact of the right type, or raises.

    NotCollected: nobody has asked for it yet. NotAvailable: it could not be found out.
    """

    facts: Mapping[need.Need, known.Fact] = field(default_factory=dict)

    @overload
    def of(self, what: need.FileNeed) -> FileFact: ...
    @overload
    def of(self, what: need.InitialNeed) -> FileFact: ...
    @overload
    def of(self, what: need.FolderNeed) -> FolderFact: ...
    @overload
    def of(self, what: need.ApiServerNeed) -> known.ApiServerFact: ...
    @overload
    def of(self, what: need.LabNeed) -> known.LabFact: ...
    @overload
    def of(self, what: need.ServiceNeed) -> known.ServiceFact: ...
    @overload
    def of(self, what: need.ProbeNeed) -> known.ProbeFact: ...
    @overload
    def of(self, what: need.TrialNeed) -> known.TrialFact: ...
    @overload
    def of(self, what: need.ObjectNeed) -> known.ObjectsFact: ...
    @overload
    def of(self, what: need.CommandNeed) -> known.CommandFact: ...

    def of(self, what: need.Need) -> known.Fact:
        """The fact for `what`; see the class for what it raises."""
        fact = self.facts.get(what)
        if fact is None:
            raise NotCollected(what)
        if isinstance(fact, known.Unavailable):
            raise NotAvailable(fact)
        return fact

    def plus(self, more: Mapping[need.Need, known.Fact]) -> Evidence:
        """This evidence and more; the receiver is unchanged."""
        return Evidence({**self.facts, **more})
