"""The check contract: a type's name, its parameters, what it needs, and how it judges."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar

from ckslab.evidence.evidence import Evidence
from ckslab.evidence.need import Need
from ckslab.kubernetes.node_file import Where
from ckslab.strict import Strict

Outcome = Literal["pass", "fail", "unknown"]


class Params(Strict):
    """Parameters of a check type as an author writes them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. All texts are for the learner: short, without markup.

    expected/observed: what was expected and what was seen (both empty on a pass without remarks).
    message: why it matters or what follows, one sentence. log: the log line that shows it.
    share: of the check's points that are earned on a fail, 0 to 1 (partial credit; a pass has 1).
    not_applicable: an unknown that this kind of grading was never to find out: the check is not graded.
    root: what it fails of where other checks may fail of the same ("manifest", "restart", "api-server"): the first
    of them tells it, and the others wait for that one.
    """

    outcome: Outcome
    expected: str = ""
    observed: str = ""
    where: Where | None = None
    message: str = ""
    log: str = ""
    share: float = 0.0
    not_applicable: bool = False
    root: str = ""


def passed(observed: str = "") -> Finding:
    """A pass."""
    return Finding("pass", observed=observed, share=1.0)


def failed(expected: str, observed: str, where: Where | None = None, message: str = "", **more: Any) -> Finding:
    """A fail: what was expected, what was seen, where."""
    return Finding("fail", expected, observed, where, message, **more)


def undecided(why: str) -> Finding:
    """Could not be found out: the points are neither earned nor lost."""
    return Finding("unknown", observed=why)


P = TypeVar("P", bound=Params)


class CheckType(ABC, Generic[P]):
    """One kind of gradable statement. Instances hold no state; all methods are pure.

    `needs` names what the judgement certainly needs, so that it is collected in the first round, side
    by side with all others. What depends on facts (a path that a flag names) is simply read in `judge`:
    Evidence raises NotCollected, grading collects it and judges again, a few rounds at most. So no
    check may catch NotCollected. A NotAvailable that a check does not catch makes it unknown, or, where
    only the API server keeps a fact away, a fail if what keeps it down can be named (`diagnosis.api_down`).
    """

    name: ClassVar[str]
    params: ClassVar[type[Params]]

    @abstractmethod
    def needs(self, params: P) -> Iterable[Need]:
        """What the judgement needs whatever the evidence says."""

    @abstractmethod
    def judge(self, params: P, evidence: Evidence) -> Finding:
        """The verdict on this evidence."""

    def expected(self, params: P) -> str:
        """What a learner is told was expected, where a fail is not the check's own: the API server is down."""
        return ""

    def paths(self, params: P) -> Iterable[str]:
        """Node paths that the parameters name, so that `author lint` can compare them with the task."""
        return [path for need in self.needs(params) for path in need.paths()]

    def live(self, params: P) -> bool:
        """Whether only a running cluster can decide it (then it is not graded from files alone)."""
        return any(need.live for need in self.needs(params))
