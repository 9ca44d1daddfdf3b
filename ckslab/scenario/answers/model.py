"""The answers of a scenario: the solution, other right ones, wrong ones; and the steps that play each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from ckslab.errors import UsageError, nearest
from ckslab.scenario.actions import KINDS, Step, kind_of
from ckslab.scenario.faults import Fault
from ckslab.scenario.placeholders import FAULT_LOG, contains, substitute

SOLUTION = "solution"
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, as its difference from the solution.

    replaced: step name -> the step in its place, None if it is left out. before, after: step name ->
    steps beside it. then: steps at the end. repairs: fault -> its other repair, None if it is left in.
    fails (wrong answers): the ids of the checks that fail, or that by fault. says: what the learner
    must be shown. line: in answers.yaml.
    """

    name: str
    kind: Literal["solution", "right", "wrong"]
    line: int
    replaced: Mapping[str, Step | None] = field(default_factory=dict)
    before: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    after: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    then: tuple[Step, ...] = ()
    repairs: Mapping[str, tuple[Step, ...] | None] = field(default_factory=dict)
    only_first_fault: bool = False
    fails: tuple[str, ...] | Mapping[str, tuple[str, ...]] = ()
    says: str | None = None

    def applies(self, drawn: Sequence[Fault]) -> bool:
        """Whether it says anything about a lab with these faults: one whose repair it changes is there."""
        if self.only_first_fault and len(drawn) < 2:
            return False
        return not self.repairs or any(fault.id in self.repairs for fault in drawn)

    def failing(self, drawn: Sequence[Fault]) -> frozenset[str]:
        """The checks that must fail in a lab with these faults (none, unless it is a wrong answer).

        Where they are listed by fault: of every fault that this answer leaves or repairs otherwise.
        """
        if not isinstance(self.fails, Mapping):
            return frozenset(self.fails)
        default = self.fails.get(DEFAULT, ())
        treated = (fault.id for fault in reversed(drawn) if fault.id in self.repairs)
        names = [*treated, *(self._left_out(drawn) if self.only_first_fault else ())]
        return frozenset(check for name in names for check in self.fails.get(name, default))

    def own_steps(self) -> Iterator[Step]:
        """The steps that it does not share with the solution."""
        yield from (step for step in self.replaced.values() if step is not None)
        for steps in (*self.before.values(), *self.after.values(), self.then, *self.repairs.values()):
            yield from steps or ()

    def _left_out(self, drawn: Sequence[Fault]) -> list[str]:
        return [fault.id for fault in drawn[:-1]]

    def repair_steps(self, drawn: Sequence[Fault]) -> Iterator[Step]:
        """The repairs of the drawn faults: the last that was broken first."""
        for fault in reversed(drawn[-1:] if self.only_first_fault else drawn):
            yield from (self.repairs[fault.id] or ()) if fault.id in self.repairs else fault.repair


@dataclass(frozen=True, slots=True)
class Answers:
    """solution: its steps in order. answers: the right and the wrong ones by name, in the file's order."""

    solution: tuple[Step, ...]
    answers: Mapping[str, Answer]
    file: Path

    @property
    def right(self) -> tuple[Answer, ...]:
        """Other forms of a right answer."""
        return tuple(one for one in self.answers.values() if one.kind == "right")

    @property
    def wrong(self) -> tuple[Answer, ...]:
        """Answers that lose points."""
        return tuple(one for one in self.answers.values() if one.kind == "wrong")

    def answer(self, name: str) -> Answer:
        """The answer of this name; UsageError with the nearest name when there is none."""
        if name == SOLUTION:
            return Answer(SOLUTION, "solution", 1)
        if name not in self.answers:
            raise UsageError(f"{self.file}: no answer {name!r}{nearest(name, [SOLUTION, *self.answers])}")
        return self.answers[name]


def answer_steps(answers: Answers, name: str, faults_drawn: Sequence[Fault] = ()) -> list[Step]:
    """The steps of an answer in a lab with these faults (in the pool's order): repairs, then its own.

    `${fault-log}` is the example of the fault that is repaired first.
    """
    answer = answers.answer(name)
    steps = list(answer.repair_steps(faults_drawn))
    for step in answers.solution:
        steps += answer.before.get(step.name, ())
        kept = answer.replaced.get(step.name, step)
        steps += [kept] if kept is not None else []
        steps += answer.after.get(step.name, ())
    steps += answer.then
    return [_with_fault_log(step, faults_drawn[-1].example) for step in steps] if faults_drawn else steps


def _with_fault_log(step: Step, line: str) -> Step:
    plain = step.action.model_dump(mode="python", by_alias=True, exclude_unset=True)
    if not contains(plain, FAULT_LOG):
        return step
    kind = kind_of(step.action)
    assert kind is not None
    action = KINDS[kind].model_validate(substitute(plain, FAULT_LOG, line))
    return replace(step, action=action)  # type: ignore[arg-type]
