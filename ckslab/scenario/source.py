"""A YAML file of a scenario: its value, and the line of every key in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckslab.kubernetes.yaml.text import Document, YamlProblem, read_yaml
from ckslab.scenario.pack import PackError, pack_text
from ckslab.scenario.placeholders import NONCE, filled
from ckslab.scenario.problem import Problem, problems_error


@dataclass(frozen=True, slots=True)
class Source:
    """`value` is what the file says, with the nonce filled in; `file` is its name in messages."""

    file: str
    value: dict[str, Any]
    document: Document

    def line(self, *path: str | int) -> int:
        """The line of the key or item at `path`, or of its nearest parent that is there."""
        return self.document.line(*path) or 1

    def problem(self, path: tuple[str | int, ...], message: str) -> Problem:
        """A problem at `path`."""
        return Problem(self.file, self.line(*path), message)


def read_source(folder: Path, name: str, nonce: str | None) -> Source:
    """Read `name` in a scenario's folder; ScenarioError when it is not one mapping in bounded YAML."""
    file = str(folder / name)
    try:
        text = pack_text(folder, name)
        document = read_yaml(text, unique_keys=True)
    except PackError as problem:
        raise problems_error([Problem(file, 1, str(problem))]) from None
    except YamlProblem as problem:
        raise problems_error([Problem(file, problem.line or 1, problem.reason)]) from None
    if document.more:
        raise problems_error([Problem(file, 1, "holds more than one YAML document; keep the first")])
    if not isinstance(document.value, dict):
        raise problems_error([Problem(file, 1, "should be a mapping of keys to values")])
    value = document.value if nonce is None else filled(document.value, NONCE, nonce)
    return Source(file, value, document)
