"""What the template of a scenario's node has more than a plain one's."""

from __future__ import annotations

from ckslab.add_ons.lab_add_ons import lab_add_ons
from ckslab.cluster.backend import NodeLayer
from ckslab.scenario.model import Scenario
from ckslab.services import SERVICE_KINDS


def layers_of(scenario: Scenario) -> tuple[NodeLayer, ...]:
    """Those of its add-ons and of its services, each once, bottom first."""
    found = list(lab_add_ons(scenario.setup.add_ons).layers)
    for service in scenario.services.values():
        found += SERVICE_KINDS[service.kind].layers(service.settings)
    return tuple(dict.fromkeys(found))
