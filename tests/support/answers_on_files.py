"""What an answer of a shipped scenario leaves in a node's files, as far as that can be told without a node."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from ckslab.certificates import Authority
from ckslab.checks import CHECK_TYPES
from ckslab.cluster.node.planned_files import PlannedFiles
from ckslab.errors import ScenarioError
from ckslab.evidence import Evidence, Fact, FileFact, Need, NotAvailable
from ckslab.grading.grade import grade
from ckslab.grading.result import ScenarioResult
from ckslab.kubernetes.image_digests import StoredImage
from ckslab.lab.catalogue import load_folder
from ckslab.lab.initial_images import compared
from ckslab.lab.plan import plan
from ckslab.needs.initial_image import InitialImageFact, InitialImageNeed
from ckslab.needs.lab import FaultFact, LabFact, LabNeed
from ckslab.needs.service import ServiceFact, ServiceNeed
from ckslab.scenario.actions import Run, Step
from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.answers.model import SOLUTION, Answers, answer_steps
from ckslab.scenario.faults import Fault, compatible
from ckslab.scenario.find import find_scenarios
from ckslab.scenario.model import Check, Scenario
from ckslab.steps import needs_cluster, run_steps
from tests.support.checks_evidence import Node

NONCE = "kv7m3q"
SCENARIOS = find_scenarios([Path(__file__).parents[2] / "scenarios"])
MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"

STOCK = (Path(__file__).parent / "kubeadm" / "kube-apiserver.yaml").read_text()
"""The manifest as kubeadm writes it."""
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")

_NAMED = re.compile(r"(?<![\w.:/])/(?:[\w.@%+-]+/)*[\w.@%+-]+")


def _manifest(name: str) -> bytes:
    """A static pod of the name; those of the others are as long as the API server's."""
    return STOCK.replace("kube-apiserver", name).encode()


class StockNode:
    """What `plan` asks of a backend: the files of every new node."""

    def __init__(self) -> None:
        manifests = {MANIFEST.replace("kube-apiserver", name): _manifest(name) for name in COMPONENTS}
        self.files = {**manifests, "/etc/kubernetes/pki/ca.crt": Authority("kubernetes").certificate}

    def pristine(self, path: str) -> bytes | None:
        """A file of every new node."""
        return self.files.get(path)


def image(name: str, digit: str) -> StoredImage:
    """An image of the stock node, with digests that are easily told apart."""
    manifest, id = f"sha256:{digit}a{digit * 62}", f"sha256:{digit}c{digit * 62}"
    return StoredImage((name, f"{name.partition(':')[0]}@{manifest}", id), frozenset({manifest}), frozenset({id}))


IMAGES = tuple(image(f"registry.k8s.io/{name}:v1.35.4", str(number)) for number, name in enumerate(COMPONENTS))
"""The images of the stock node's static pods."""


@cache
def initial_images(name: str) -> dict[str, InitialImageFact]:
    """What a lab of the scenario keeps of them: of those static pods that a check asks for."""
    of = dict(zip(COMPONENTS, IMAGES, strict=True))
    return {pod: InitialImageFact(of[pod].names[0], of[pod], IMAGES) for pod in sorted(compared(scenario(name)))}


@cache
def scenario(name: str) -> Scenario:
    """A shipped scenario with a nonce."""
    return load_folder(SCENARIOS[name], NONCE)


@cache
def answers(name: str) -> Answers:
    """Its answers."""
    return load_answers(scenario(name))


Drawn = tuple[str, ...]
"""The ids of a lab's faults, in the pool's order."""


def draws(name: str) -> list[Drawn]:
    """Each fault alone, and every pair that a lab may draw; one empty draw where there are no faults."""
    faults = scenario(name).faults
    if faults is None:
        return [()]
    pairs = [pair for pair in combinations(faults.choices, 2) if compatible(*pair)]
    return [*((fault.id,) for fault in faults.choices), *(tuple(fault.id for fault in pair) for pair in pairs)]


@cache
def about_files(name: str) -> bool:
    """Whether files alone decide a check of the scenario."""
    return bool(untouched(name, draws(name)[0]).decided)


def applied(name: str, answer: str) -> list[Drawn]:
    """The draws of which an answer says anything."""
    said = answers(name).answer(answer)
    return [drawn for drawn in draws(name) if said.applies(faults_of(name, drawn))]


def faults_of(name: str, drawn: Drawn) -> tuple[Fault, ...]:
    """The faults with these ids."""
    faults = scenario(name).faults
    return () if faults is None else tuple(fault for fault in faults.choices if fault.id in drawn)


def every_answer() -> Iterator[tuple[str, str]]:
    """(scenario, answer) of all that are shipped."""
    for name in SCENARIOS:
        yield from ((name, answer) for answer in (SOLUTION, *answers(name).answers))


@dataclass(frozen=True)
class Left:
    """A node's files before and after an answer. uncertain: paths that commands of the answer name: what they
    did to them, or below them, only a node can tell. modes: permissions of the files after it, where set-up or the
    answer gives some.
    """

    name: str
    drawn: Drawn
    initial: Mapping[str, bytes]
    files: Mapping[str, bytes]
    services: tuple[ServiceFact, ...]
    uncertain: frozenset[str] = frozenset()
    modes: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def graded(self) -> ScenarioResult:
        """The grade of these files, in a lab of which all is known but its cluster."""
        return grade(scenario(self.name), CHECK_TYPES, lambda _: self._facts(), files_only=True)

    @cached_property
    def decided(self) -> set[str]:
        """Checks that need no cluster, read nothing uncertain, and wait for none that does."""
        checks: dict[str, Check] = {check.id: check for check in scenario(self.name).checks}

        def decided(check: Check) -> bool:
            if CHECK_TYPES[check.type].live(check.params) or not self.certain(check.id):
                return False
            return all(decided(checks[other]) for other in (*check.after, *check.with_))

        return {check.id for check in checks.values() if decided(check)}

    def certain(self, id: str) -> bool:
        """Whether files tell all that a check asks for, and nothing that it reads is uncertain."""
        check = next(one for one in scenario(self.name).checks if one.id == id)
        facts = self._facts()
        try:
            CHECK_TYPES[check.type].judge(check.params, Evidence(facts))
        except NotAvailable:
            return False
        return not any(_overlap(path, other) for path in facts.read for other in self.uncertain)

    def same_as(self, other: Left) -> bool:
        """Whether the files say the same, in whatever order their lines stand."""
        return self._lines() == other._lines()

    def _lines(self) -> dict[str, list[bytes]]:
        return {path: sorted(data.splitlines()) for path, data in self.files.items()}

    def lay(self, folder: Path) -> Path:
        """Lay the files into a folder, as they would be handed in."""
        for path, data in self.files.items():
            target = folder / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            target.chmod(self.modes.get(path, 0o644))
        return folder

    def _facts(self) -> _Recording:
        faults = tuple(FaultFact(fault.id, fault.signatures) for fault in faults_of(self.name, self.drawn))
        facts: dict[Need, Fact] = {ServiceNeed(one.name): one for one in self.services}
        facts[LabNeed()] = LabFact(self.name, "lab", NONCE, 0, faults)
        facts |= {InitialImageNeed(pod): fact for pod, fact in initial_images(self.name).items()}
        after, before = ({path: self._fact(path, of[path]) for path in of} for of in (self.files, self.initial))
        return _Recording(after, before, facts)

    def _fact(self, path: str, data: bytes) -> FileFact:
        mode = self.modes.get(path, 0o644)
        known = (path, "file", path, mode, 0, len(data), hashlib.sha256(data).hexdigest())
        try:
            return FileFact(*known, text=data.decode(), encoding="utf-8")
        except UnicodeDecodeError:
            return FileFact(*known, encoding="binary")


class _Recording(Node):
    """Remembers the paths of what was read."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.read: set[str] = set()

    def __getitem__(self, need: Need) -> Fact:
        self.read.update(need.paths())
        return super().__getitem__(need)


@cache
def untouched(name: str, drawn: Drawn) -> Left:
    """A new lab with these faults."""
    stock = StockNode()
    planned = plan(scenario(name), stock.pristine, faults_of(name, drawn))
    files = {path: data for path, data in stock.files.items() if path not in planned.spec.removed}
    files |= {one.path: one.data for one in planned.spec.files}
    modes = {one.path: one.mode for one in planned.spec.files}
    return Left(name, drawn, files, files, planned.services, modes=modes)


@cache
def left_by(name: str, answer: str, drawn: Drawn) -> Left:
    """The files after an answer: its steps on files are played in order; those on the cluster change no file,
    and of commands only the paths are known that they name.
    """
    new = untouched(name, drawn)
    files = PlannedFiles(new.initial.get)
    uncertain: set[str] = set()
    for step in answer_steps(answers(name), answer, faults_of(name, drawn)):
        if isinstance(step.action, Run):
            uncertain.update(_NAMED.findall(step.action.run))
        elif not needs_cluster(step):
            _play(step, files, uncertain)
    after = {path: data for path, data in new.initial.items() if path not in files.removed}
    after |= {one.path: one.data for one in files.files}
    modes = {path: mode for path, mode in new.modes.items() if path in after}
    modes |= {one.path: one.mode for one in files.files}
    return Left(name, drawn, new.initial, after, new.services, frozenset(uncertain), modes)


def _play(step: Step, files: PlannedFiles, uncertain: set[str]) -> None:
    try:
        run_steps([step], files)
    except ScenarioError:
        if not uncertain:
            raise
        uncertain.update(_NAMED.findall(step.action.model_dump_json()))


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")
