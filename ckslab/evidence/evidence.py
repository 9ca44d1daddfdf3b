"""Evidence: all facts of one grading, frozen; checks read it and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar, overload

from ckslab.evidence import facts, need

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

    def __init__(self, unavailable: facts.Unavailable) -> None:
        super().__init__(unavailable.reason)
        self.unavailable = unavailable


@dataclass(frozen=True)
class Evidence:
    """Facts by need. `of` gives a fact of the right type, or raises.

    NotCollected: nobody has asked for it yet. NotAvailable: it could not be found out.
    """

    facts: Mapping[need.Need, facts.Fact] = field(default_factory=dict)

    @overload
    def of(self, what: need.FileNeed) -> facts.FileFact: ...
    @overload
    def of(self, what: need.InitialNeed) -> facts.FileFact: ...
    @overload
    def of(self, what: need.FolderNeed) -> facts.FolderFact: ...
    @overload
    def of(self, what: need.ApiServerNeed) -> facts.ApiServerFact: ...
    @overload
    def of(self, what: need.LabNeed) -> facts.LabFact: ...
    @overload
    def of(self, what: need.ServiceNeed) -> facts.ServiceFact: ...
    @overload
    def of(self, what: need.ProbeNeed) -> facts.ProbeFact: ...
    @overload
    def of(self, what: need.ObjectNeed) -> facts.ObjectsFact: ...
    @overload
    def of(self, what: need.CommandNeed) -> facts.CommandFact: ...

    def of(self, what: need.Need) -> facts.Fact:
        """The fact for `what`; see the class for what it raises."""
        fact = self.facts.get(what)
        if fact is None:
            raise NotCollected(what)
        if isinstance(fact, facts.Unavailable):
            raise NotAvailable(fact)
        return fact

    def plus(self, more: Mapping[need.Need, facts.Fact]) -> Evidence:
        """This evidence and more; the receiver is unchanged."""
        return Evidence({**self.facts, **more})
