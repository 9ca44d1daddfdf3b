"""The files and objects of a scenario's set-up, with the lab's nonce filled in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckslab.kubernetes.yaml.objects import objects_in
from ckslab.kubernetes.yaml.text import YamlProblem
from ckslab.scenario.model import Scenario
from ckslab.scenario.pack import PackError, pack_files, pack_text
from ckslab.scenario.placeholders import NONCE
from ckslab.scenario.problem import Problem, problems_error


@dataclass(frozen=True, slots=True)
class SetupFile:
    """A file to lay on the node."""

    path: str
    data: bytes
    mode: int


def setup_paths(folder: Path, files: str | None) -> tuple[str, ...]:
    """The node paths of the files of `setup.files`."""
    return () if files is None else tuple(f"/{name}" for name in pack_files(folder, files))


def setup_files(scenario: Scenario) -> tuple[SetupFile, ...]:
    """The files to lay on the node before it boots; 0644 unless `modes` says otherwise."""
    folder, modes = scenario.setup.files, scenario.setup.modes
    try:
        texts = {path: pack_text(scenario.folder, f"{folder}{path}") for path in _paths(scenario)}
    except PackError as problem:
        raise problems_error([Problem(str(scenario.folder), 1, str(problem))]) from None
    return tuple(
        SetupFile(path, _filled(text, scenario).encode(), int(modes.get(path, "0644"), 8))
        for path, text in texts.items()
    )


def setup_objects(scenario: Scenario) -> tuple[dict[str, Any], ...]:
    """The API objects to apply, in order."""
    found: list[dict[str, Any]] = []
    for name in scenario.setup.objects:
        try:
            found.extend(objects_in(_filled(pack_text(scenario.folder, name), scenario)))
        except (PackError, YamlProblem) as problem:
            line = problem.line or 1 if isinstance(problem, YamlProblem) else 1
            raise problems_error([Problem(str(scenario.folder / name), line, str(problem))]) from None
    return tuple(found)


def _paths(scenario: Scenario) -> tuple[str, ...]:
    return setup_paths(scenario.folder, scenario.setup.files)


def _filled(text: str, scenario: Scenario) -> str:
    return text if scenario.nonce is None else text.replace(NONCE, scenario.nonce)
