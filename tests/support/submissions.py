"""What a class hands in: the files of every answer to the shipped scenarios, as far as files alone hold them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ckslab.certificates import Authority
from ckslab.lab.catalogue import kinds
from ckslab.lab.plan import plan
from ckslab.scenario.actions import Step
from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.answers.model import SOLUTION, answer_steps
from ckslab.scenario.faults import Fault
from ckslab.scenario.find import find_scenarios
from ckslab.scenario.loading.load import load
from ckslab.scenario.model import Scenario
from ckslab.steps import split

SHIPPED = Path(__file__).parents[2] / "scenarios"
MANIFESTS = "/etc/kubernetes/manifests"
KUBEADM = (Path(__file__).parent / "kubeadm" / "kube-apiserver.yaml").read_text()
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


@dataclass(frozen=True, slots=True)
class Submission:
    """A node's files by path, handed in for a scenario; answer: which of its answers was played on them."""

    scenario: Scenario
    answer: str
    files: dict[str, bytes]


def submissions(topic: str) -> Iterator[Submission]:
    """Every answer of every scenario of a topic, in every draw of one fault; each with keys of its own."""
    for folder in find_scenarios([SHIPPED / topic]).values():
        scenario = load(folder, kinds())
        answers = load_answers(scenario)
        draws = [(fault,) for fault in scenario.faults.choices] if scenario.faults else [()]
        for name in (SOLUTION, *answers.answers):
            for draw in draws:
                if answers.answer(name).applies(draw):
                    first, _ = split(answer_steps(answers, name, draw))
                    yield Submission(scenario, name, _files(scenario, draw, first))


def write(submission: Submission, root: Path) -> Path:
    """Lay the files down as a folder that is handed in."""
    for path, data in submission.files.items():
        file = root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return root


def _files(scenario: Scenario, faults: tuple[Fault, ...], steps: Sequence[Step]) -> dict[str, bytes]:
    stock = {f"{MANIFESTS}/{name}.yaml": KUBEADM.replace("kube-apiserver", name).encode() for name in COMPONENTS}
    stock["/etc/kubernetes/pki/ca.crt"] = Authority("kubernetes").certificate
    spec = plan(scenario, stock.get, faults, steps).spec
    kept = {path: data for path, data in stock.items() if path not in spec.removed}
    return kept | {file.path: file.data for file in spec.files}
