"""Facts that the lab itself has: its nonce and faults, its services, its files at the start."""

from __future__ import annotations

from pathlib import Path

from ckslab.add_ons.lab_add_ons import lab_add_ons
from ckslab.cluster.api import Api
from ckslab.cluster.backend import Node
from ckslab.control_plane.settle import Settled
from ckslab.handed_in import HandedIn, open_handed_in
from ckslab.lab.initial_files import FILE
from ckslab.lab.services import read_services, running_services
from ckslab.needs.lab import FaultFact, LabFact
from ckslab.needs.service import ServiceFact
from ckslab.needs.sources import Sources
from ckslab.scenario.faults import Fault, draw_faults
from ckslab.scenario.model import Scenario
from ckslab.store.record import LabRecord


class LabFacts:
    """One lab as the source of its own facts."""

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

    def lab_fact(self) -> LabFact:
        """Its nonce, seed and faults."""
        return self._lab

    def service_fact(self, name: str) -> ServiceFact | None:
        """One of its services."""
        return next((one for one in read_services(self._folder) if one.name == name), None)

    def initial(self) -> HandedIn:
        """The node's files as they were when the lab was handed to the learner."""
        return open_handed_in(self._folder / FILE)


def sources(
    node: Node,
    api: Api,
    settled: Settled | None,
    folder: Path,
    record: LabRecord,
    scenario: Scenario,
    faults: tuple[Fault, ...] | None = None,
) -> Sources:
    """The running lab as collectors use it."""
    return Sources(
        node,
        api,
        settled,
        LabFacts(folder, record, scenario, faults),
        running_services(folder),
        lab_add_ons(scenario.setup.add_ons),
    )
