"""A lab, and one whose node runs: use cases are functions of these, and nothing else reads a lab's folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ckslab.cluster.api import Api
from ckslab.cluster.backend import Backend, Node
from ckslab.errors import LabError, UsageError
from ckslab.lab import backends
from ckslab.progress import Progress, Silent
from ckslab.store.attempt import Attempt, read_attempt, write_attempt
from ckslab.store.labs import lab_folder, lab_names, make_lab_folder
from ckslab.store.lock import lab_lock
from ckslab.store.record import LabRecord, read_record, write_record

if TYPE_CHECKING:  # slow to import, and status, shell and kubeconfig need none of it
    from ckslab.add_ons.lab_add_ons import LabAddOns
    from ckslab.control_plane.settle import Settled
    from ckslab.evidence import Collect
    from ckslab.lab.initial_files import InitialFiles
    from ckslab.needs.sources import Sources
    from ckslab.scenario.actions import Step
    from ckslab.scenario.faults import Fault
    from ckslab.scenario.model import Scenario
    from ckslab.steps.cluster_steps import ClusterSteps


class Lab:
    """A lab by its name: its folder and what lies in it.

    Everything is read when it is first asked for, and then kept; what is set is not read. So a lab whose record
    is damaged has a name and a folder all the same, and LabError meets whoever needs more.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder: Path = lab_folder(name)

    @classmethod
    def begin(cls, record: LabRecord) -> Lab:
        """A lab that is to be made: it has a folder and this record."""
        make_lab_folder(record.name)
        lab = cls(record.name)
        lab.save(record)
        return lab

    @contextmanager
    def hold(self, command: str, wait: float = 2.0) -> Iterator[Lab]:
        """The lab as it is while no other ckslab works on it; LabError after `wait` s names the one that does."""
        with lab_lock(self.name, command, wait=wait):
            yield Lab(self.name)

    @cached_property
    def record(self) -> LabRecord:
        """What the lab is; LabError: the record is missing, damaged, or of another ckslab."""
        return read_record(self.folder)

    def save(self, record: LabRecord) -> None:
        """Keep another record."""
        write_record(self.folder, record)
        self.record = record

    @cached_property
    def scenario(self) -> Scenario:
        """Its scenario, with the lab's nonce and what its seed draws filled in."""
        from ckslab.lab.catalogue import load_folder

        folder = self.record.folder
        if not folder.is_dir():
            advice = f"put it back · or: ckslab stop {self.name}"
            raise LabError(f"the scenario of lab {self.name} is gone: there is no {folder}", advice=advice)
        return load_folder(folder, self.record.nonce, self.record.seed)

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """The faults that it was made with."""
        from ckslab.scenario.faults import draw_faults

        return draw_faults(self.scenario.faults, self.record.seed)

    @cached_property
    def add_ons(self) -> LabAddOns:
        """What its scenario has beside a plain cluster."""
        from ckslab.add_ons.lab_add_ons import lab_add_ons

        return lab_add_ons(self.scenario.setup.add_ons)

    @cached_property
    def backend(self) -> Backend:
        """What gives it its node."""
        return backends.backend(self.record.cluster)

    @cached_property
    def initial_files(self) -> InitialFiles:
        """The node's files as they were handed to the learner, before any fault."""
        from ckslab.lab.initial_files import InitialFiles

        return InitialFiles(self.folder)

    @property
    def attempt(self) -> Attempt:
        """What the learner did in it so far."""
        return read_attempt(self.folder) or Attempt(self.record.created_at)

    def keep(self, attempt: Attempt) -> None:
        """Keep another attempt; whoever does holds the lab."""
        write_attempt(self.folder, attempt)

    def answer_steps(self, answer: str) -> list[Step]:
        """The steps of one of the scenario's answers ("solution"), for the faults of this lab."""
        from ckslab.scenario.answers.load import load_answers
        from ckslab.scenario.answers.model import answer_steps

        return answer_steps(load_answers(self.scenario), answer, self.faults)

    def running(self) -> RunningLab:
        """With its node; LabError, with the way on, when that does not run."""
        resume = f"ckslab start {self.record.scenario} --name {self.name}"
        stop = f"ckslab stop {self.name}"
        if not self.record.ready:
            raise LabError(f"the start of lab {self.name} was interrupted", advice=f"next: {resume} · {stop}")
        state = self.backend.state(self.folder)
        if state == "absent":
            advice = f"next: ckslab reset {self.name} · {stop}"
            raise LabError(f"the node of lab {self.name} is gone", advice=advice)
        if state != "running":
            advice = f"next: {resume} (it goes on as you left it)"
            raise LabError(f"lab {self.name} does not run", advice=advice)
        return RunningLab.of(self, self.backend.open(self.folder))


@dataclass(frozen=True, slots=True)
class RunningLab:
    """A lab, its running node, and that node's API server."""

    lab: Lab
    node: Node
    api: Api

    @classmethod
    def of(cls, lab: Lab, node: Node) -> RunningLab:
        """The lab on this node of its own."""
        return cls(lab, node, Api(node.kubeconfig))

    def settle(self, progress: Progress) -> Settled:
        """Wait until the control plane that runs is what its files say; LabError: it is another Kubernetes."""
        from ckslab.control_plane.settle import settle
        from ckslab.control_plane.version import refuse_other_minor

        settled = settle(self.node, self.api, progress)
        if settled.state == "ready":
            refuse_other_minor(self.api)
        return settled

    def cluster_steps(self, progress: Progress) -> ClusterSteps:
        """What plays steps on its cluster."""
        from ckslab.steps.cluster_steps import ClusterSteps

        return ClusterSteps(self.node, self.api, progress, self.lab.add_ons.lags)

    def play(self, steps: Sequence[Step], progress: Progress) -> None:
        """Play the steps of an answer, as a learner would type them."""
        from ckslab.cluster.node.live_files import LiveFiles
        from ckslab.steps import run_steps

        run_steps(steps, LiveFiles(self.node), self.cluster_steps(progress))

    def sources(self, settled: Settled | None, progress: Progress | None = None) -> Sources:
        """What collectors find facts out from; settled: None where only files are asked for."""
        from ckslab.lab.lab_facts import LabFacts
        from ckslab.lab.services import running_services
        from ckslab.needs.sources import Sources

        services = running_services(self.lab.folder)
        told = progress or Silent()
        return Sources(self.node, self.api, settled, LabFacts(self.lab), services, self.lab.add_ons, told)

    def collector(self, settled: Settled | None, progress: Progress | None = None) -> Collect:
        """Collects facts from it."""
        from ckslab.needs.collect import collect

        return collect(self.sources(settled, progress))


def find_lab(name: str) -> Lab:
    """The lab `name`, usable or not, also where only its node is left. UsageError, listing the labs, when there is
    none.
    """
    from ckslab.lab.life.lost import lost_labs

    lab = Lab(name)
    if not lab.folder.is_dir() and name not in lost_labs():
        names = ", ".join(lab_names())
        raise UsageError(
            f"there is no lab {name}" + (f"; there are: {names}" if names else ""),
            advice="ckslab status" if names else "ckslab list · ckslab start SCENARIO",
        )
    return lab
