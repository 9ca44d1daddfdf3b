"""Facts that the lab itself has: its nonce and faults, its services, its files at the start."""

from __future__ import annotations

from pathlib import Path

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
from ckslab.lab.services import read_services
from ckslab.scenario.faults import Fault, draw_faults
from ckslab.scenario.model import Scenario
from ckslab.store.record import LabRecord


class Known:
    """Answers LabNeed, ServiceNeed and InitialNeed for one lab; None for other needs."""

    def __init__(
        self, folder: Path, record: LabRecord, scenario: Scenario, faults: tuple[Fault, ...] | None = None
    ) -> None:
        faults = draw_faults(scenario.faults, record.seed) if faults is None else faults
        self._folder = folder
        self._lab = LabFact(
            scenario.id,
            record.name,
            record.nonce,
            record.seed,
            tuple(FaultFact(fault.id, fault.signatures) for fault in faults),
        )
        self._initial: HandedIn | None = None

    def __call__(self, need: Need) -> Fact | None:
        """The fact, or None if it is not the lab's to know."""
        if isinstance(need, LabNeed):
            return self._lab
        if isinstance(need, ServiceNeed):
            found = [service for service in read_services(self._folder) if service.name == need.name]
            return found[0] if found else Unavailable(f"the lab has no service {need.name}")
        if isinstance(need, InitialNeed):
            if self._initial is None:
                self._initial = open_handed_in(self._folder / FILE)
            file = FileNeed(need.path)
            return self._initial.collect(frozenset({file}))[file]
        return None
