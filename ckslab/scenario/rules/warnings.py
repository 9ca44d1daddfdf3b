"""What loads, and is most likely a slip: an object of a kind that nobody serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ckslab.errors import nearest
from ckslab.kubernetes.v1_35.served_kinds import SERVED_KINDS, is_of_kubernetes
from ckslab.scenario.actions import Apply, Step
from ckslab.scenario.answers.model import SOLUTION, Answers
from ckslab.scenario.loading.source import Problem
from ckslab.scenario.model import Scenario


def warnings(scenario: Scenario, answers: Answers) -> list[Problem]:
    """What an author should look at, in the order of the files' lines."""
    return sorted(set(_kinds(scenario, answers)))


def _kinds(scenario: Scenario, answers: Answers) -> Iterator[Problem]:
    for item in scenario.setup.objects:
        if problem := _unserved(item):
            yield Problem(str(scenario.folder / "scenario.yaml"), 1, f"setup.objects: {problem}")
    for name in (SOLUTION, *answers.answers):
        answer = answers.answer(name)
        for step in answer.own_steps():
            for item in _applied(step):
                if problem := _unserved(item):
                    text = f"answer {name!r}, step {step.name!r}: {problem}"
                    yield Problem(str(answers.file), answer.line, text)


def _applied(step: Step) -> tuple[Mapping[str, Any], ...]:
    return step.action.objects if isinstance(step.action, Apply) else ()


def _unserved(item: Mapping[str, Any]) -> str:
    """Why the API server has no such kind; "" where it has, or where a definition may bring it."""
    version, kind = str(item.get("apiVersion")), str(item.get("kind"))
    if not is_of_kubernetes(version):
        return ""
    if version not in SERVED_KINDS:
        return f"no API version {version!r}{nearest(version, SERVED_KINDS)}"
    if kind not in SERVED_KINDS[version]:
        return f"{version} has no kind {kind!r}{nearest(kind, SERVED_KINDS[version])}"
    return ""
