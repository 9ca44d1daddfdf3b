"""A need is one file: its fact, and how it is found out; nothing else knows of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, Self

import pytest

from ckslab.cluster.api import Answer
from ckslab.errors import LabError, TookTooLong
from ckslab.evidence import CheckType, Evidence, Fact, Finding, Need, Params, Unavailable, failed, passed
from ckslab.grading.grade import grade
from ckslab.handed_in import open_handed_in
from ckslab.needs.collect import collect, collect_from_files
from ckslab.needs.lab import LabFact, LabNeed
from ckslab.needs.objects import ObjectNeed, ObjectsFact
from ckslab.needs.probe import ProbeFact, ProbeNeed
from ckslab.needs.probe.draw import Draw
from ckslab.needs.probe.round import send_probes
from ckslab.needs.sources import Sources
from ckslab.scenario.model import Check, Scenario, Setup


@dataclass(frozen=True)
class UptimeFact:
    """How long the node runs."""

    seconds: float


@dataclass(frozen=True)
class UptimeNeed(Need[UptimeFact]):
    """A need that this file alone knows."""

    live: ClassVar[bool] = True

    def words(self) -> str:
        return "how long the node runs"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> Mapping[Self, Fact]:
        text = sources.node.run(["cat", "/proc/uptime"]).stdout
        return dict.fromkeys(needs, UptimeFact(float(text.split()[0])))


class NoParams(Params):
    """Nothing."""


class LongEnough(CheckType[NoParams]):
    """Judges it."""

    name = "long-enough"
    params = NoParams

    def needs(self, params: NoParams) -> list[Need]:
        return [UptimeNeed()]

    def judge(self, params: NoParams, evidence: Evidence) -> Finding:
        found = evidence.of(UptimeNeed()).seconds
        return passed() if found > 10 else failed("more than 10 s", f"{found:.0f} s")


CHECK = Check("up", "It is up", 100, "long-enough", NoParams())
SCENARIO = Scenario("s", "A scenario", "images", "easy", 10, (), {}, Setup(), (CHECK,), None, "", Path("/"))
TYPES = {"long-enough": LongEnough()}


def sources(printed: bytes) -> Sources:
    lab = SimpleNamespace(lab_fact=lambda: LabFact("s", "lab", "n", 1))
    node: Any = SimpleNamespace(run=lambda argv: SimpleNamespace(stdout=printed))
    return Sources(node, None, None, lab, {})  # type: ignore[arg-type]


@pytest.mark.parametrize(("printed", "outcome"), [(b"12.5 3", "pass"), (b"3.5 1", "fail"), (b"", "unknown")])
def test_a_need_that_nobody_else_knows_is_collected_and_judged(printed: bytes, outcome: str) -> None:
    result = grade(SCENARIO, TYPES, collect(sources(printed)))
    assert [one.outcome for one in result.checks] == [outcome]


def test_files_alone_do_not_tell_it_and_say_so(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    facts = collect_from_files(open_handed_in(tmp_path))(frozenset({UptimeNeed()}))
    reason = "handed-in files do not tell how long the node runs: only a lab knows"
    assert facts == {UptimeNeed(): Unavailable(reason, not_applicable=True)}
    assert grade(SCENARIO, TYPES, collect(sources(b"1 1")), files_only=True).not_graded == ("up",)


@pytest.mark.parametrize("error", [LabError("the node is gone"), TookTooLong("it took too long"), KeyError("oops")])
def test_whatever_goes_wrong_with_one_need_leaves_the_others_alone(error: Exception) -> None:
    def run(argv: list[str]) -> None:
        raise error

    found = sources(b"")
    found.node.run = run  # type: ignore[assignment,method-assign]
    facts = collect(found)(frozenset({UptimeNeed(), LabNeed()}))
    assert isinstance(facts[LabNeed()], LabFact)
    said = facts[UptimeNeed()]
    assert isinstance(said, Unavailable)
    expected = "a fault of ckslab in collecting UptimeNeed (KeyError), not of your work"
    assert said.reason == (expected if isinstance(error, KeyError) else str(error))


class Server:
    """An API server that answers so to every request."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def ready(self) -> bool:
        return True

    def path_of(self, *words: Any) -> str:
        return "/x"

    def request(self, *words: Any, **named: Any) -> Answer:
        return Answer(200, self._body, "?")


@pytest.mark.parametrize("body", [None, [], "x", {"items": None}, {"items": [5]}, {}])
def test_objects_that_make_no_sense_are_unavailable(body: Any) -> None:
    server: Any = Server(body)
    found = replace(sources(b""), api=server)
    need = ObjectNeed("v1", "Pod")
    fact = collect(found)(frozenset({need}))[need]
    assert isinstance(fact, Unavailable) or body == {}
    assert not isinstance(fact, ObjectsFact) or fact.items == ()


def test_a_probe_whose_answer_makes_no_sense_leaves_the_others_alone() -> None:
    pod = json.dumps({"apiVersion": "v1", "kind": "Pod"})
    carried = json.dumps({"metadata": {"name": "c"}, "spec": {"ephemeralContainers": []}})
    plain, odd = ProbeNeed(pod), ProbeNeed(carried, via="ephemeral")
    server: Any = Server({"spec": 5})
    found = replace(sources(b""), api=server)
    facts = send_probes([plain, odd], found, Draw("n"), {})
    assert isinstance(facts[plain], ProbeFact)
    said = facts[odd]
    assert isinstance(said, Unavailable)
    assert said.reason.startswith("a fault of ckslab in a probe")
