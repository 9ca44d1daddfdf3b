"""Facts that the lab itself has: its nonce and faults, its services, its files at the start."""

from __future__ import annotations

from functools import cached_property

from ckslab.evidence import (
    Fact,
    FaultFact,
    FileNeed,
    InitialNeed,
    LabFact,
    LabNeed,
    Need,
    ServiceNeed,
    Unavailable,
)
from ckslab.handed_in import HandedIn, open_handed_in
from ckslab.lab.initial_files import FILE
from ckslab.lab.model import Lab
from ckslab.lab.services import read_services


class LabFacts:
    """Answers LabNeed, ServiceNeed and InitialNeed for one lab; None for other needs."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def __call__(self, need: Need) -> Fact | None:
        """The fact, or None if it is not the lab's to know."""
        if isinstance(need, LabNeed):
            return self._lab_fact
        if isinstance(need, ServiceNeed):
            found = [service for service in read_services(self._lab.folder) if service.name == need.name]
            return found[0] if found else Unavailable(f"the lab has no service {need.name}")
        if isinstance(need, InitialNeed):
            file = FileNeed(need.path)
            return self._initial.collect(frozenset({file}))[file]
        return None

    @cached_property
    def _lab_fact(self) -> LabFact:
        lab = self._lab
        faults = tuple(FaultFact(fault.id, fault.signatures) for fault in lab.faults)
        return LabFact(lab.scenario.id, lab.name, lab.record.nonce, lab.record.seed, faults)

    @cached_property
    def _initial(self) -> HandedIn:
        return open_handed_in(self._lab.folder / FILE)
