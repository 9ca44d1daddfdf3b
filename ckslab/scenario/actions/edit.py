"""The step that edits a YAML file in place: comments, order and indentation stay."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator

from ckslab.scenario.actions.value_path import ValuePath
from ckslab.strict import NodePath, Strict


class Edit(Strict):
    """Edit values of a YAML file by their paths; `remove` comes first, then `set`, then `append`.

    set makes the mappings on the way that are missing; append makes the list.
    """

    edit: NodePath
    set: dict[ValuePath, Any] = Field(default_factory=dict)
    remove: tuple[ValuePath, ...] = ()
    append: dict[ValuePath, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.set or self.remove or self.append):
            raise ValueError("say what to edit: `set`, `remove` or `append`")
        return self
