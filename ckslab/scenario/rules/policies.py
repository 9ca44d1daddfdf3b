"""What a task on policies promises and its rows have to try: every namespace, and names that only look allowed.

The rules look for keys of the checks' parameters at any depth, so that they hold for checks made of checks too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ckslab.scenario.answers.model import Answers
from ckslab.scenario.loading.source import Problem
from ckslab.scenario.model import Scenario

_EVERY = re.compile(r"\b(?:every|all|each|any)\s+(?:other\s+)?namespaces?\b(?!\s+(?:with|labelled))", re.IGNORECASE)
_LABELLED = re.compile(r"\bnamespaces?\s+(?:labelled|with (?:the|that|this) label)", re.IGNORECASE)
_PLACE = re.compile(r"`[a-z0-9]+(?:[.-][a-z0-9]+)+(?::[0-9]+)?/(?:[a-z0-9._-]+/)*`")
_DIGEST = re.compile(r"`@sha256:`")
_SYSTEM = {"kube-system", "kube-public"}
_MET = ("denied", "warned")
_LET_IN = ("admitted", "admitted-without-warning")

Rows = list[Mapping[str, Any]]


def policy_problems(scenario: Scenario) -> Iterator[Problem]:
    """Holes that no row would find."""
    given = (check.params.model_dump(by_alias=True) for check in scenario.checks)
    matrices = [one for params in given for one in mappings(params) if "admitted-without-warning" in one]
    if not matrices:
        return
    met, let_in = _rows(matrices, _MET), _rows(matrices, _LET_IN)
    file = str(scenario.folder / "task.md")
    if line := _line(_LABELLED, scenario.task):
        if not any(row["new-namespace"] for row in met):
            yield Problem(file, line, f"speaks of labelled namespaces: {_row('denied', '{KEY: VALUE}')}")
        if not any(row.get("new-namespace") == {} for row in (*met, *let_in)):
            yield Problem(
                file, line, f"speaks of labelled namespaces: {_row('admitted', '{}', 'one without the label')}"
            )
    elif (line := _line(_EVERY, scenario.task)) and not any(row.get("new-namespace") is not None for row in met):
        yield Problem(file, line, f"speaks of every namespace: {_row('denied', '{}')}")
    if (line := _line(_EVERY, scenario.task)) and not any(row.get("namespace") in _SYSTEM for row in met):
        message = "speaks of every namespace: add a row in kube-system or kube-public that meets the policy"
        yield Problem(file, line, message)
    named = [one for matrix in matrices for one in matrix.get("look-alikes") or ()]
    if (line := _line(_PLACE, scenario.task)) and not any(one["registries"] for one in named):
        yield Problem(file, line, "names a registry: give a matrix `look-alikes: [{registries: [...]}]`")
    if (line := _line(_DIGEST, scenario.task)) and not any(one["digest"] for one in named):
        yield Problem(file, line, "demands digests: give a matrix `look-alikes: [{digest: true}]`")


def _row(side: str, labels: str, which: str = "one that is made while grading") -> str:
    return f"add a row of `{side}` with `new-namespace: {labels}`, in {which}"


def says_problems(scenario: Scenario, answers: Answers) -> Iterator[Problem]:
    """What a wrong answer says although the learner is told that, or the like, whatever is wrong."""
    own = {
        text
        for check in scenario.checks
        for text in (check.title, *_texts(check.params.model_dump(by_alias=True)))
        if isinstance(text, str)
    }
    for answer in answers.wrong:
        if answer.says and (text := next((text for text in sorted(own) if answer.says in text), "")):
            message = (
                f"wrong answer {answer.name!r} says what stands in the scenario itself ({text!r}) and so "
                "proves nothing: say what was seen, such as `a pod of nginx is admitted`"
            )
            yield Problem(str(answers.file), answer.line, message)


def _line(pattern: re.Pattern[str], text: str) -> int:
    """The line of the first match, 0 if there is none; a match may go over the end of a line."""
    found = pattern.search(text)
    return 0 if found is None else text.count("\n", 0, found.start()) + 1


def mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """All mappings in a check's parameters, at any depth."""
    if isinstance(value, Mapping):
        yield value
        for item in value.values():
            yield from mappings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from mappings(item)


def _rows(matrices: list[Mapping[str, Any]], sides: tuple[str, ...]) -> Rows:
    return [row for matrix in matrices for side in sides for row in matrix.get(side) or ()]


def _texts(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    else:
        yield value
