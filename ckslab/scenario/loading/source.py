"""A YAML file of a scenario: its value, the line of every key in it, and what is wrong with it, by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ckslab.errors import ScenarioError
from ckslab.kubernetes.yaml.text import Document, YamlProblem, read_yaml
from ckslab.scenario.loading.pack import Pack, PackError
from ckslab.scenario.placeholders import filled

Place = tuple[str | int, ...]
"""The keys and indexes that lead to a value of the file."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to repair. `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def problems_error(problems: Iterable[Problem]) -> ScenarioError:
    """One error that names all problems, one a line, in the order of the files' lines."""
    ordered = sorted(set(problems))
    many = "this line" if len(ordered) == 1 else f"these {len(ordered)} lines"
    return ScenarioError(
        "\n".join(map(str, ordered)),
        advice=f"Correct {many}; `ckslab author schema` lets an editor complete and check them.",
    )


@dataclass(frozen=True, slots=True)
class Source:
    """`value` is what the file says, with the placeholders filled in; `file` is its name in messages."""

    file: str
    value: dict[str, Any]
    document: Document

    def line(self, *path: str | int) -> int:
        """The line of the key or item at `path`, or of its nearest parent that is there."""
        return self.document.line(*path) or 1

    def problem(self, path: Place, message: str) -> Problem:
        """A problem at `path`."""
        return Problem(self.file, self.line(*path), message)

    def filled(self, words: Mapping[str, str]) -> Source:
        """The same with these placeholders filled in."""
        return replace(self, value=filled(self.value, words))


def read_source(pack: Pack, name: str) -> Source:
    """Read a file of the pack; ScenarioError when it is not one mapping in bounded YAML."""
    file = str(pack.folder / name)
    try:
        document = read_yaml(pack.author_text(name), unique_keys=True)
    except PackError as problem:
        raise problems_error([Problem(file, 1, str(problem))]) from None
    except YamlProblem as problem:
        raise problems_error([Problem(file, problem.line or 1, problem.reason)]) from None
    if document.more:
        raise problems_error([Problem(file, 1, "holds more than one YAML document; keep the first")])
    if not isinstance(document.value, dict):
        raise problems_error([Problem(file, 1, "should be a mapping of keys to values")])
    return Source(file, filled(document.value, pack.words), document)
