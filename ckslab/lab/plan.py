"""What a lab's node is made of: a scenario's set-up, its services' certificates, and its faults, as a NodeSpec."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ckslab.add_ons.lab_add_ons import lab_add_ons
from ckslab.certificates import Authority, Pair, new_key
from ckslab.cluster.backend import NodeSpec
from ckslab.cluster.lab_images import LabImage
from ckslab.cluster.lab_images.as_written import lab_image
from ckslab.cluster.node.planned_files import PlannedFiles
from ckslab.lab.layers import layers_of
from ckslab.needs.service import ServiceFact
from ckslab.scenario.actions import Step
from ckslab.scenario.document import Certificate
from ckslab.scenario.faults import Fault
from ckslab.scenario.image_document import ImageDocument
from ckslab.scenario.model import Scenario
from ckslab.services import SERVICE_KINDS
from ckslab.services.kind import PlannedService
from ckslab.steps import run_steps

Pristine = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Plan:
    """A node to be made.

    original_files: what files that faults and steps changed held before them (None: absent), so that the lab's
    initial files are those without them.
    """

    spec: NodeSpec
    services: tuple[ServiceFact, ...]
    original_files: dict[str, bytes | None]


def plan(
    scenario: Scenario,
    pristine: Pristine,
    faults: tuple[Fault, ...],
    steps: Sequence[Step] = (),
) -> Plan:
    """The node of a lab with these faults; `steps` are file steps that verify plays before it boots.

    pristine: a file as the lab's new node will have it (see `Backend.pristine`).
    """
    authorities = {name: Authority(f"{name} CA") for name in scenario.services}
    planned_services = {name: _service(name, scenario, authority) for name, authority in authorities.items()}
    services = list(planned_services.values())
    planned = PlannedFiles(pristine)
    for file in scenario.setup.files:
        planned.write(file.path, file.data, file.mode)
    for certificate in scenario.setup.certificates:
        _lay(planned, certificate, authorities)
    add_ons = lab_add_ons(scenario.setup.add_ons)
    for laid in (*add_ons.files, *(file for one in services for file in one.files)):
        planned.write(laid.path, laid.data, laid.mode)
    run_steps(scenario.setup.steps, planned)
    before = {file.path: file.data for file in planned.files}
    run_steps([step for fault in faults for step in fault.steps], planned)
    run_steps(steps, planned)
    nodes = (*(one.node for one in services), *add_ons.services)
    images = tuple(_image(one, planned_services) for one in scenario.setup.images)
    layers, variables = layers_of(scenario), add_ons.environment
    spec = NodeSpec(planned.files, planned.removed, nodes, images, layers, environment=variables)
    return Plan(spec, tuple(one.fact for one in services), _originals(planned, before, pristine))


def _originals(planned: PlannedFiles, before: dict[str, bytes], pristine: Pristine) -> dict[str, bytes | None]:
    now = {file.path: file.data for file in planned.files}
    was = {path: before[path] if path in before else pristine(path) for path in {*now, *before, *planned.removed}}
    return {path: data for path, data in was.items() if now.get(path) != data}


def _service(name: str, scenario: Scenario, authority: Authority) -> PlannedService:
    service = scenario.services[name]
    return SERVICE_KINDS[service.kind].plan(name, service.settings, authority)


def _image(said: ImageDocument, services: Mapping[str, PlannedService]) -> LabImage:
    return lab_image(said, services[said.registry].storage if said.registry else "")


def _lay(planned: PlannedFiles, certificate: Certificate, authorities: dict[str, Authority]) -> None:
    pair = _pair(certificate, authorities)
    planned.write(certificate.cert, pair.certificate, 0o644)
    if certificate.key:
        planned.write(certificate.key, new_key() if certificate.mismatched else pair.key, 0o600)


def _pair(certificate: Certificate, authorities: dict[str, Authority]) -> Pair:
    if certificate.ca_of:
        return authorities[certificate.ca_of].self_pair()
    if certificate.client_of:
        return authorities[certificate.client_of].client("kube-apiserver")
    stranger = Authority("unrelated CA")
    return stranger.client("kube-apiserver") if certificate.key else stranger.self_pair()
