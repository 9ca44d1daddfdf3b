"""The model class of everything an author writes, and the kinds of text that appear everywhere."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError


class Strict(BaseModel):
    """Unknown keys are errors; dashes in YAML are underscores in Python; instances are frozen.

    former_keys: keys of earlier versions, each with what to write now: the error of the old one says it.
    """

    former_keys: ClassVar[Mapping[str, str]] = {}

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=lambda name: name.replace("_", "-"),
        populate_by_name=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _no_former_key(cls, given: Any) -> Any:
        for key in cls.former_keys if isinstance(given, dict) else ():
            if key in given:
                message = "'{key}' is a word of an earlier version: write `{now}`"
                words = {"key": key, "now": cls.former_keys[key]}
                raise PydanticCustomError("former_key", message, words)
        return given


def _in_plain_form(path: str) -> str:
    if posixpath.normpath(path).replace("//", "/") != (path.rstrip("/") or "/"):
        raise ValueError("write the path in its plain form, without '..', '.' or '//'")
    return path


Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$")]
NodePath = Annotated[str, Field(pattern=r"^/[^\x00]*$", max_length=1024), AfterValidator(_in_plain_form)]
FileMode = Annotated[str, Field(pattern=r"^0?[0-7]{3}$", description='octal permission bits, as in "0600"')]
PackPath = Annotated[
    str,
    Field(min_length=1, max_length=255, description="a path inside the scenario's folder, as setup/pod.yaml"),
]
Flag = Annotated[bool, Field(strict=True)]

T = TypeVar("T")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


class _OneOrMany:
    """Tells JSON Schema that an item may stand without its list."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        listed = handler(core_schema)
        return {"anyOf": [listed.get("items", {}), listed]}


Many = Annotated[tuple[T, ...], Field(min_length=1), BeforeValidator(_listed), _OneOrMany()]
"""One value, or a list of them."""
