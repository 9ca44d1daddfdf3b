"""Loads answers.yaml: all problems at once with file and line, or the frozen answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ckslab.scenario.answers import DEFAULT, SOLUTION, Answer, Answers
from ckslab.scenario.answers_document import RESERVED, AnswersDocument, VariationDocument, WrongDocument
from ckslab.scenario.model import Scenario
from ckslab.scenario.nearest import nearest
from ckslab.scenario.placed_steps import Place, Placer
from ckslab.scenario.problem import Problem, problems_error
from ckslab.scenario.source import Source, read_source
from ckslab.scenario.validation import validate

FILE = "answers.yaml"


def load_answers(scenario: Scenario, nonce: str | None = None) -> Answers:
    """The answers of a scenario, with the nonce filled in (the scenario's own unless given).

    Raises ScenarioError that names every problem as `file:line: message`.
    """
    nonce = scenario.nonce if nonce is None else nonce
    source = read_source(scenario.folder, FILE, nonce)
    wrong_names = _step_name_problems(source)
    unknown = {problem.line for problem in wrong_names}
    document, problems = validate(AnswersDocument, source.value, source)
    problems = wrong_names + [one for one in problems if one.line not in unknown]
    if document is None:
        raise problems_error(problems)
    placer = Placer(source, scenario.folder, nonce)
    solution = tuple(
        placer.step(name, action, ("solution", index, name))
        for index, named in enumerate(document.solution)
        for name, action in named.items()
    )
    answers = [_answer(name, "right", one, placer, source) for name, one in document.right.items()]
    answers += [_answer(name, "wrong", one, placer, source) for name, one in document.wrong.items()]
    problems += _name_problems(document, source)
    problems += [problem for answer in answers for problem in _reference_problems(answer, scenario, source)]
    if not solution and scenario.faults is None:
        problems.append(source.problem(("solution",), "the solution has no steps"))
    problems += placer.problems
    if problems:
        raise problems_error(problems)
    return Answers(solution, {answer.name: answer for answer in answers}, scenario.folder / FILE)


def _step_name_problems(source: Source) -> list[Problem]:
    """Keys of an answer that are no step of the solution, told before pydantic takes them for steps."""
    listed = source.value.get("solution")
    names = [
        name
        for step in (listed if isinstance(listed, list) else ())
        if isinstance(step, dict)
        for name in step
    ]
    problems = []
    for kind in ("right", "wrong"):
        answers = source.value.get(kind)
        for name, answer in answers.items() if isinstance(answers, dict) else ():
            reserved = RESERVED if kind == "wrong" else RESERVED - {"fails", "says"}
            for key in answer if isinstance(answer, dict) else ():
                if key not in reserved and key not in names:
                    hint = nearest(key, [*names, *reserved])
                    problems.append(
                        source.problem((kind, name, key), f"no step {key!r} in the solution{hint}")
                    )
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


def _name_problems(document: AnswersDocument, source: Source) -> list[Problem]:
    problems = []
    seen: set[str] = set()
    for index, step in enumerate(document.solution):
        for name in step:
            at = ("solution", index, name)
            if name in RESERVED:
                problems.append(
                    source.problem(at, f"{name!r} is no name for a step: answers use it as a key")
                )
            if name in seen:
                problems.append(source.problem(at, f"step {name!r} comes twice; give it another name"))
            seen.add(name)
    for name in (*document.right, *document.wrong):
        if name == SOLUTION or (name in document.right and name in document.wrong):
            kind = "wrong" if name in document.wrong else "right"
            problems.append(source.problem((kind, name), f"two answers are called {name!r}"))
    return problems


def _answer(name: str, kind: Any, document: VariationDocument, placer: Placer, source: Source) -> Answer:
    at: Place = (kind, name)

    def named(actions: Mapping[str, Any], *below: str) -> tuple[Any, ...]:
        return tuple(placer.step(key, action, (*at, *below, key)) for key, action in actions.items())

    replaced = document.__pydantic_extra__
    repairs = {
        fault: None if actions is None else placer.steps(f"{fault} repair", actions, (*at, "repair", fault))
        for fault, actions in document.repair.items()
    }
    wrong = document if isinstance(document, WrongDocument) else None
    return Answer(
        name=name,
        kind=kind,
        line=source.line(*at),
        replaced={
            key: None if action is None else placer.step(key, action, (*at, key))
            for key, action in replaced.items()
        },
        before={key: named(actions, "before", key) for key, actions in document.before.items()},
        after={key: named(actions, "after", key) for key, actions in document.after.items()},
        then=named(document.then, "then"),
        repairs=repairs,
        only_first_fault=document.only_first_fault,
        fails=() if wrong is None else wrong.fails,
        says=None if wrong is None else wrong.says,
    )


def _reference_problems(answer: Answer, scenario: Scenario, source: Source) -> list[Problem]:
    """Checks and faults that an answer names and the scenario does not have."""
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
    by_fault = answer.fails if isinstance(answer.fails, Mapping) else {}
    lists = list(by_fault.items()) if isinstance(answer.fails, Mapping) else [("", answer.fails)]
    ids = [check.id for check in scenario.checks]
    problems = []
    for fault, checks in lists:
        place = (*at, fault) if fault else at
        if not checks:
            problems.append(source.problem(place, "a wrong answer fails at least one check"))
        problems += [
            source.problem((*place, index), f"no such check {check!r}{nearest(check, ids)}")
            for index, check in enumerate(checks)
            if check not in ids
        ]
    if not by_fault:
        return problems
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
