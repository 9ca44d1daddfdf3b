"""scenario.yaml as an author writes it; checks, services and add-ons stay plain until their kinds are known."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from ckslab.scenario.actions.action import Action
from ckslab.scenario.setup import SetupDocument
from ckslab.scenario.vocabulary import Capability, Difficulty, Topic
from ckslab.strict import Flag, Identifier, Strict

Text = Annotated[str, Field(min_length=1)]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return pattern


class FaultDocument(Strict):
    """One fault: see `ckslab.scenario.model.Fault`."""

    id: Identifier
    steps: tuple[Action, ...] = Field(min_length=1)
    repair: tuple[Action, ...] = Field(min_length=1)
    signatures: tuple[Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_compiles)], ...] = (
        Field(min_length=1)
    )
    example: Text
    not_with: tuple[Identifier, ...] = ()

    @model_validator(mode="after")
    def _example_is_one(self) -> Self:
        if not any(re.search(pattern, self.example) for pattern in self.signatures):
            raise ValueError(f"the example of fault {self.id!r} matches none of its signatures")
        return self


class FaultsDocument(Strict):
    """A pool of faults."""

    draw: Annotated[int, Field(strict=True, ge=1, le=4)] = 2
    choices: tuple[FaultDocument, ...] = Field(min_length=1, max_length=20)


class CheckDocument(Strict):
    """The keys that every check has; the one that remains is its type with its parameters.

    title: a whole statement that is true when the check passes. hints: from vague to explicit.
    """

    id: Identifier
    title: Text
    points: Annotated[int, Field(strict=True, ge=1, le=100)]
    after: tuple[Identifier, ...] = ()
    guard: Flag = False
    with_: tuple[Identifier, ...] = Field((), alias="with")
    hints: tuple[Text, ...] = ()


class ScenarioDocument(Strict):
    """The whole file. Only `setup`, `services`, `requires` and `faults` may be left out."""

    id: Identifier
    title: Text
    topic: Topic
    difficulty: Difficulty
    minutes: Annotated[int, Field(strict=True, ge=1, le=120)]
    requires: tuple[Capability, ...] = ()
    services: dict[Identifier, dict[str, Any]] = Field(default_factory=dict)
    setup: SetupDocument = SetupDocument()
    faults: FaultsDocument | None = None
    checks: tuple[dict[str, Any], ...] = Field(min_length=1)
