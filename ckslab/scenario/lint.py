"""What loads but does not prove itself: checks that nothing fails, probes without a control, loose ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ckslab.scenario.admission_controls import lacks_control
from ckslab.scenario.answers import SOLUTION, Answer, Answers, answer_steps
from ckslab.scenario.check_order import dragged_along, falls_by_itself
from ckslab.scenario.kinds import Kinds
from ckslab.scenario.model import Fault, Scenario
from ckslab.scenario.problem import Problem
from ckslab.scenario.rules import FULL_MARKS
from ckslab.scenario.task_paths import unknown_paths


def lint(scenario: Scenario, answers: Answers, kinds: Kinds) -> list[Problem]:
    """All that an author should repair before anybody sits the scenario, in the order of the files' lines."""
    found = [
        *_checks(scenario),
        *_unproven(scenario, answers),
        *_answers(scenario, answers),
        *_faults(scenario, answers),
        *unknown_paths(scenario, kinds),
    ]
    return sorted(set(found))


def _checks(scenario: Scenario) -> Iterator[Problem]:
    file = str(scenario.folder / "scenario.yaml")
    if scenario.max_points != FULL_MARKS:
        yield Problem(file, 1, f"the checks' points add up to {scenario.max_points}, not {FULL_MARKS}")
    for check in scenario.checks:
        if not check.hints:
            yield Problem(
                file, check.line, f"check {check.id!r} has no hints: give one that points, one that tells"
            )
        if lacks_control(check.params):
            message = (
                f"check {check.id!r} expects a denial and has no control: add a probe that must be admitted, "
                "or a dead API server's denials would pass"
            )
            yield Problem(file, check.line, message)


def _fail_lists(answer: Answer) -> list[tuple[str, ...]]:
    return list(answer.fails.values()) if isinstance(answer.fails, Mapping) else [answer.fails]


def _unproven(scenario: Scenario, answers: Answers) -> Iterator[Problem]:
    lists = [fails for answer in answers.wrong for fails in _fail_lists(answer)]
    for check in scenario.checks:
        if not any(falls_by_itself(check, fails) for fails in lists):
            message = f"no wrong answer fails check {check.id!r} by itself: add one to {answers.file.name}"
            yield Problem(str(scenario.folder / "scenario.yaml"), check.line, message)
    for answer in answers.wrong:
        for fails in _fail_lists(answer):
            if more := dragged_along(scenario.checks, fails):
                names = ", ".join(sorted(more))
                message = f"wrong answer {answer.name!r} also fails what waits or guards: add {names}"
                yield Problem(str(answers.file), answer.line, message)


def _answers(scenario: Scenario, answers: Answers) -> Iterator[Problem]:
    seen = {_plain(answers, SOLUTION, scenario): SOLUTION}
    for answer in answers.answers.values():
        steps = _plain(answers, answer.name, scenario)
        if steps in seen:
            message = f"{answer.kind} answer {answer.name!r} does the same as {seen[steps]!r}"
            yield Problem(str(answers.file), answer.line, message)
        seen.setdefault(steps, answer.name)


def _plain(answers: Answers, name: str, scenario: Scenario) -> tuple[str, ...]:
    """What the answer does where every fault of the pool is drawn, comparable."""
    drawn = _pool(scenario)
    return tuple(
        f"{type(step.action).__name__} {step.action.model_dump_json(exclude_defaults=True)}"
        for step in answer_steps(answers, name, drawn)
    )


def _pool(scenario: Scenario) -> tuple[Fault, ...]:
    return () if scenario.faults is None else scenario.faults.choices


def _faults(scenario: Scenario, answers: Answers) -> Iterator[Problem]:
    if scenario.faults is None:
        return
    whole = any(answer.only_first_fault for answer in answers.wrong)
    for fault in scenario.faults.choices:
        if not whole and not any(fault.id in answer.repairs for answer in answers.wrong):
            message = f"no wrong answer leaves fault {fault.id!r}: add one with only-first-fault or repair"
            yield Problem(str(scenario.folder / "scenario.yaml"), fault.line, message)
