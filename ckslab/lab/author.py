"""For those who write scenarios: a new one, what is wrong with one, the schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ckslab.errors import ScenarioError
from ckslab.grading.report import report_schema
from ckslab.lab import catalogue
from ckslab.lab.results import LintProblem
from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.rules.lint import lint
from ckslab.scenario.rules.warnings import warnings
from ckslab.store.history.entry import history_schema


def lint_scenarios(ids: Sequence[str], roots: Sequence[Path]) -> list[LintProblem]:
    """Problems of these scenarios, of all where `ids` is empty."""
    found: list[LintProblem] = []
    for name in ids or catalogue.scenario_ids(roots):
        try:
            scenario = catalogue.load_scenario(name, roots)
            answers = load_answers(scenario)
        except ScenarioError as error:
            found += [_parsed(line) for line in error.message.splitlines()]
            continue
        found += [
            LintProblem(Path(one.file), one.line, "error", one.message)
            for one in lint(scenario, answers, catalogue.kinds())
        ]
        found += [
            LintProblem(Path(one.file), one.line, "warning", one.message) for one in warnings(scenario, answers)
        ]
    return found


def _parsed(line: str) -> LintProblem:
    """A `file:line: message` of the loader as data."""
    file, number, message = ([*line.split(":", 2), "", ""])[:3]
    return LintProblem(Path(file), int(number) if number.isdigit() else 0, "error", message.strip() or line)


def schema(of: str) -> str:
    """The JSON Schema of "scenario", "answers", "report" or "history" (a line of it)."""
    from ckslab.scenario.schema import answers_schema, scenario_schema

    match of:
        case "answers":
            made = answers_schema()
        case "report":
            made = report_schema()
        case "history":
            made = history_schema()
        case _:
            made = scenario_schema(catalogue.kinds())
    return json.dumps(made, indent=2)


def new_scenario(name: str, folder: Path, topic: str) -> Path:
    """Make the folder of a new scenario, valid and small, and give it."""
    from ckslab.scenario import template

    return template.new_scenario(folder, name, topic=topic)
