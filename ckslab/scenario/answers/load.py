"""Loads answers.yaml: all problems at once with file and line, or the frozen answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckslab.scenario.answers.document import AnswersDocument, VariationDocument, WrongDocument
from ckslab.scenario.answers.model import Answer, Answers
from ckslab.scenario.loading.pack import Pack
from ckslab.scenario.loading.source import Place, Source, problems_error, read_source
from ckslab.scenario.loading.steps import Placer
from ckslab.scenario.loading.validation import validate
from ckslab.scenario.model import Scenario
from ckslab.scenario.rules.answers import answers_problems, step_problems

FILE = "answers.yaml"


def load_answers(scenario: Scenario) -> Answers:
    """The answers of a scenario, with the same words filled in as in the scenario itself.

    Raises ScenarioError that names every problem as `file:line: message`.
    """
    pack = Pack(scenario.folder, scenario.words)
    source = read_source(pack, FILE)
    wrong_names = step_problems(source)
    unknown = {problem.line for problem in wrong_names}
    document, problems = validate(AnswersDocument, source.value, source)
    problems = wrong_names + [one for one in problems if one.line not in unknown]
    if document is None:
        raise problems_error(problems)
    placer = Placer(source, pack, problems)
    solution = tuple(
        placer.step(name, action, ("solution", index, name))
        for index, named in enumerate(document.solution)
        for name, action in named.items()
    )
    answers = [_answer(name, "right", one, placer, source) for name, one in document.right.items()]
    answers += [_answer(name, "wrong", one, placer, source) for name, one in document.wrong.items()]
    problems += answers_problems(solution, answers, document, scenario, source)
    if problems:
        raise problems_error(problems)
    return Answers(solution, {answer.name: answer for answer in answers}, scenario.folder / FILE)


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
