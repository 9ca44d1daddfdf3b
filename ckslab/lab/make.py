"""Make a lab's node from its record: for start, reset and verify alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ckslab.add_ons.lab_add_ons import lab_add_ons
from ckslab.cluster.api import Api, preload
from ckslab.cluster.backend import Backend, Node
from ckslab.control_plane.settle import Settled, settle
from ckslab.errors import LabError
from ckslab.lab import initial_files as initial
from ckslab.lab.plan import Plan, plan
from ckslab.lab.services import write_services
from ckslab.progress import Progress
from ckslab.scenario.actions import Step
from ckslab.scenario.faults import Fault, draw_faults
from ckslab.scenario.model import Scenario
from ckslab.steps.cluster_steps import ClusterSteps
from ckslab.store.record import LabRecord


@dataclass(frozen=True, slots=True)
class Made:
    """A node that was just made, how its control plane settled, and what it was made from."""

    node: Node
    api: Api
    settled: Settled
    plan: Plan


def make(
    folder: Path,
    record: LabRecord,
    scenario: Scenario,
    backend: Backend,
    progress: Progress,
    *,
    faults: tuple[Fault, ...] | None = None,
    steps: Sequence[Step] = (),
) -> Made:
    """Create the node, wait for its control plane, apply the set-up's objects, keep the golden state.

    faults: those of the record's seed unless given. steps: file steps that are played before it boots.
    """
    preload()
    add_ons = lab_add_ons(scenario.setup.add_ons)
    backend.prepare(progress, folder, add_ons.layers)
    drawn = draw_faults(scenario.faults, record.seed) if faults is None else faults

    def pristine(path: str) -> bytes | None:
        return backend.pristine(path, folder)

    planned = plan(record.name, scenario, pristine, drawn, steps)
    write_services(folder, planned.services)
    node = backend.create(folder, planned.spec, progress)
    initial.capture(node, folder, planned.original_files)
    api = Api(node.kubeconfig)
    progress.step("waiting for the API server")
    settled = settle(node, api, progress)
    if not planned.faults and not steps and settled.state != "ready":
        log = "\n".join(settled.look.log[-15:])
        raise LabError("the API server did not become ready", details=log, advice="next: ckslab doctor")
    add_ons.start(node, api, progress)
    objects = scenario.setup.objects
    if objects:
        progress.step("making the scenario's objects")
        player = ClusterSteps(node, api, progress, add_ons.lags)
        for item in objects:
            player.apply(item)
    return Made(node, api, settled, planned)
