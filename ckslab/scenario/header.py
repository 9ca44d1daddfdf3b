"""The few facts of a scenario that a list shows, read quickly and without judging the rest.

Nothing slow is imported here: `ckslab list` reads every scenario.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from ckslab.scenario.pack import PackError, pack_text
from ckslab.scenario.problem import Problem, problems_error
from ckslab.scenario.scalars import scalars

_POINTS = ("checks", None, "points")


@dataclass(frozen=True, slots=True)
class Header:
    """What a list shows. Texts are empty, minutes and points 0, where the file does not say them."""

    id: str
    title: str
    topic: str
    difficulty: str
    minutes: int
    points: int


def header(folder: Path) -> Header:
    """The header of the scenario in `folder`; ScenarioError when scenario.yaml cannot be read as YAML."""
    top: dict[str, str] = {}
    points = 0
    try:
        for keys, value in scalars(pack_text(folder, "scenario.yaml")):
            if len(keys) == 1 and keys[0] is not None:
                top[keys[0]] = value
            elif keys == _POINTS:
                points += _number(value)
    except PackError as problem:
        raise _error(folder, 1, str(problem)) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error)
        raise _error(folder, mark.line + 1 if mark else 1, reason) from None
    return Header(
        id=top.get("id", folder.name),
        title=top.get("title", ""),
        topic=top.get("topic", ""),
        difficulty=top.get("difficulty", ""),
        minutes=_number(top.get("minutes", "")),
        points=points,
    )


def _error(folder: Path, line: int, message: str) -> Exception:
    return problems_error([Problem(str(folder / "scenario.yaml"), line, message)])


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
