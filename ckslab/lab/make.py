"""Make a lab's node: for start, reset and verify alike."""

from __future__ import annotations

from collections.abc import Sequence

from ckslab.cluster.api import preload
from ckslab.cluster.node.exam_times import slowed, with_exam_times
from ckslab.control_plane.last_words import LINES, SHOWN, as_text, last_words
from ckslab.errors import LabError
from ckslab.lab import initial_files as initial
from ckslab.lab import initial_images, initial_objects, initial_scans
from ckslab.lab.laid_digests import with_digests
from ckslab.lab.layers import layers_of
from ckslab.lab.model import Lab, RunningLab
from ckslab.lab.plan import plan
from ckslab.lab.services import write_services
from ckslab.progress import Progress
from ckslab.scenario.actions import Step

FAILED = "start-failed.log"
"""In the lab's folder: what its control plane last said when it did not become ready."""


def make(lab: Lab, progress: Progress, *, steps: Sequence[Step] = ()) -> RunningLab:
    """Create the node, wait for its control plane, apply the set-up's objects, keep the initial files.

    steps: file steps that are played before it boots.
    """
    preload()
    backend, folder = lab.backend, lab.folder
    backend.prepare(progress, folder, layers_of(lab.scenario))

    def pristine(path: str) -> bytes | None:
        return backend.pristine(path, folder)

    stock = lab.record.stock
    planned = plan(lab.scenario, slowed(pristine) if stock else pristine, lab.faults, steps)
    write_services(folder, planned.services)
    spec = with_exam_times(planned.spec, pristine) if stock else planned.spec
    running = RunningLab.of(lab, backend.create(folder, spec, progress))
    initial.capture(running.node, folder, planned.original_files)
    progress.step("waiting for the API server")
    settled = running.settle(progress)
    if not lab.faults and not steps and settled.state != "ready":
        raise _not_ready(running)
    if initial_images.wanted(lab.scenario):
        compared_pods = initial_images.compared(lab.scenario)
        initial_images.capture(running.node, folder, compared_pods, planned.spec.images)
    if scans := initial_scans.compared(lab.scenario):
        initial_scans.capture(running.node, folder, scans, progress)
    lab.add_ons.start(running.node, running.api, progress)
    objects = with_digests(lab.scenario.setup.objects, running.node)
    if objects:
        progress.step("making the scenario's objects")
        cluster = running.cluster_steps(progress)
        for item in objects:
            cluster.apply(item)
    if compared := initial_objects.compared(lab.scenario):
        initial_objects.capture(running.api, folder, compared)
    return running


def _not_ready(running: RunningLab) -> LabError:
    """That the API server did not become ready, with the last words of what it stands on; more of them are kept."""
    words = last_words(running.node)
    kept = running.lab.folder / FAILED
    kept.write_text(as_text(words, LINES) + "\n")
    return LabError(
        "the API server did not become ready",
        details=f"{as_text(words, SHOWN)}\n== more of each: {kept}",
        advice="next: ckslab doctor",
    )
