"""answers.yaml as an author writes it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from ckslab.scenario.actions import Action
from ckslab.strict import Flag, Identifier, Strict

StepName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")]
AnswerName = Annotated[str, Field(min_length=1, max_length=80)]
Named = dict[StepName, Action]


class VariationDocument(BaseModel):
    """How an answer differs from the solution.

    STEP: another action in its place, or null to leave it out. before, after: STEP -> steps to add there.
    then: steps to add at the end. repair: FAULT -> other steps for its repair, or null to leave the
    fault in. only-first-fault: of the drawn faults only the one that is repaired first is.
    """

    model_config = ConfigDict(extra="allow", frozen=True, alias_generator=lambda name: name.replace("_", "-"))
    __pydantic_extra__: dict[str, Action | None]

    before: dict[StepName, Named] = Field(default_factory=dict)
    after: dict[StepName, Named] = Field(default_factory=dict)
    then: Named = Field(default_factory=dict)
    repair: dict[Identifier, tuple[Action, ...] | None] = Field(default_factory=dict)
    only_first_fault: Flag = False


def _form(value: Any) -> str:
    return "<by-fault>" if isinstance(value, dict) else "<list>"


Ids = tuple[Identifier, ...]
Fails = Annotated[
    Annotated[Ids, Tag("<list>")] | Annotated[dict[Identifier, Ids], Tag("<by-fault>")], Discriminator(_form)
]


class WrongDocument(VariationDocument):
    """A wrong answer. fails: exactly the checks that fail, or that by FAULT that this answer leaves (or
    repairs otherwise), `default` for those not named. says: a text that the learner must be shown.
    """

    fails: Fails
    says: Annotated[str, Field(min_length=1)] | None = None


class AnswersDocument(Strict):
    """The whole file. solution: steps in order, each a mapping of its name to its action."""

    solution: tuple[Annotated[Named, Field(min_length=1, max_length=1)], ...]
    right: dict[AnswerName, VariationDocument] = Field(default_factory=dict)
    wrong: dict[AnswerName, WrongDocument] = Field(default_factory=dict)


RESERVED = frozenset(field.alias or name for name, field in WrongDocument.model_fields.items())
"""Keys of an answer that are no steps' names."""
