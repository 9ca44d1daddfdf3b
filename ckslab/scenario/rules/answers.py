"""What holds between answers.yaml and its scenario: the steps, checks and faults it names exist."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ckslab.errors import nearest
from ckslab.scenario.actions import Step
from ckslab.scenario.answers.document import RESERVED, AnswersDocument
from ckslab.scenario.answers.model import DEFAULT, SOLUTION, Answer
from ckslab.scenario.loading.source import Place, Problem, Source
from ckslab.scenario.model import Scenario
from ckslab.scenario.placeholders import FORMER, contains


def step_problems(source: Source) -> list[Problem]:
    """Keys of an answer that are no step of the solution, told before pydantic takes them for steps."""
    listed = source.value.get("solution")
    names = [
        name for step in (listed if isinstance(listed, list) else ()) if isinstance(step, dict) for name in step
    ]
    problems = []
    for kind in ("right", "wrong"):
        answers = source.value.get(kind)
        for name, answer in answers.items() if isinstance(answers, dict) else ():
            reserved = RESERVED if kind == "wrong" else RESERVED - {"fails", "says"}
            for key in answer if isinstance(answer, dict) else ():
                if key not in reserved and key not in names:
                    hint = nearest(key, [*names, *reserved])
                    problems.append(source.problem((kind, name, key), f"no step {key!r} in the solution{hint}"))
            problems += _place_problems(source, (kind, name), answer, names)
    return problems


def _place_problems(source: Source, at: Place, answer: Any, names: Collection[str]) -> list[Problem]:
    return [
        source.problem((*at, where, key), f"no step {key!r} in the solution{nearest(key, names)}")
        for where in ("before", "after")
        if isinstance(answer, dict) and isinstance(answer.get(where), dict)
        for key in answer[where]
        if key not in names
    ]


def answers_problems(
    solution: Sequence[Step],
    answers: Sequence[Answer],
    document: AnswersDocument,
    scenario: Scenario,
    source: Source,
) -> list[Problem]:
    """What is wrong between the names in the file, and between the file and its scenario."""
    problems = _name_problems(document, source)
    problems += [problem for answer in answers for problem in _reference_problems(answer, scenario, source)]
    if scenario.faults is not None:
        problems += _former_word_problems((*solution, *(step for one in answers for step in one.own_steps())))
    elif not solution:
        problems.append(source.problem(("solution",), "the solution has no steps"))
    return problems


def _name_problems(document: AnswersDocument, source: Source) -> list[Problem]:
    problems = []
    seen: set[str] = set()
    for index, step in enumerate(document.solution):
        for name in step:
            at = ("solution", index, name)
            if name in RESERVED:
                problems.append(source.problem(at, f"{name!r} is no name for a step: answers use it as a key"))
            if name in seen:
                problems.append(source.problem(at, f"step {name!r} comes twice; give it another name"))
            seen.add(name)
    for name in (*document.right, *document.wrong):
        if name == SOLUTION or (name in document.right and name in document.wrong):
            kind = "wrong" if name in document.wrong else "right"
            problems.append(source.problem((kind, name), f"two answers are called {name!r}"))
    return problems


def _former_word_problems(steps: Iterable[Step]) -> list[Problem]:
    """Placeholders of earlier versions: nothing would fill them in."""
    return [
        Problem(step.file, step.line, f"'{old}' is a word of an earlier version: write `{now}`")
        for step in steps
        for old, now in FORMER.items()
        if contains(step.action.model_dump(by_alias=True), old)
    ]


def _reference_problems(answer: Answer, scenario: Scenario, source: Source) -> list[Problem]:
    at: Place = (answer.kind, answer.name)
    faults = [] if scenario.faults is None else [fault.id for fault in scenario.faults.choices]
    problems = []
    if not faults and (answer.repairs or answer.only_first_fault):
        key = "repair" if answer.repairs else "only-first-fault"
        problems.append(source.problem((*at, key), "the scenario has no faults to repair"))
    elif answer.only_first_fault and scenario.faults is not None and scenario.faults.draw < 2:
        problems.append(
            source.problem((*at, "only-first-fault"), "only one fault is drawn: use `repair: {FAULT: null}`")
        )
    problems += [
        source.problem((*at, "repair", name), f"no such fault {name!r}{nearest(name, faults)}")
        for name in answer.repairs
        if faults and name not in faults
    ]
    return problems + _fails_problems(answer, scenario, source, faults)


def _fails_problems(answer: Answer, scenario: Scenario, source: Source, faults: list[str]) -> list[Problem]:
    if answer.kind != "wrong":
        return []
    at: Place = (answer.kind, answer.name, "fails")
    if not isinstance(answer.fails, Mapping):
        return _list_problems(answer.fails, at, scenario, source)
    problems = [
        problem
        for fault, checks in answer.fails.items()
        for problem in _list_problems(checks, (*at, fault), scenario, source)
    ]
    return problems + _by_fault_problems(answer, answer.fails, at, source, faults)


def _list_problems(checks: Sequence[str], at: Place, scenario: Scenario, source: Source) -> list[Problem]:
    if not checks:
        return [source.problem(at, "a wrong answer fails at least one check")]
    ids = [check.id for check in scenario.checks]
    return [
        source.problem((*at, index), f"no such check {check!r}{nearest(check, ids)}")
        for index, check in enumerate(checks)
        if check not in ids
    ]


def _by_fault_problems(
    answer: Answer, by_fault: Collection[str], at: Place, source: Source, faults: list[str]
) -> list[Problem]:
    problems = []
    if not (answer.repairs or answer.only_first_fault):
        problems.append(
            source.problem(at, "listed by fault, but every fault is repaired: add only-first-fault or repair")
        )
    problems += [
        source.problem((*at, name), f"no such fault {name!r}{nearest(name, [*faults, DEFAULT])}")
        for name in by_fault
        if name not in faults and name != DEFAULT
    ]
    at_stake = set(faults) if answer.only_first_fault else set(answer.repairs)
    missing = sorted(at_stake - set(by_fault)) if DEFAULT not in by_fault else []
    if missing:
        problems.append(source.problem(at, f"says nothing for {', '.join(missing)}: add them, or `default`"))
    return problems
