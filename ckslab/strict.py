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
    ValidationError,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError


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


_PLAIN_WORDS = {
    "Value error, ": "",
    "Assertion failed, ": "",
    "Input should be a valid tuple": "should be a list",
    "Input should be a valid list": "should be a list",
    "Input should be a valid dictionary": "should be a mapping",
    "Input should be": "should be",
    "Tuple should have": "should have",
    "Extra inputs are not permitted": "unknown key",
    "Field required": "missing key",
}


def plain_words(error: ErrorDetails) -> str:
    """What pydantic says of an error, in the words of those who write YAML."""
    text = error["msg"]
    for old, new in _PLAIN_WORDS.items():
        text = text.replace(old, new)
    return text[:1].lower() + text[1:]


def first_problem(error: ValidationError, under: str = "") -> str:
    """The first thing that is wrong, and where: "file.path: missing key". under: where the whole value stands."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(step) for step in ([under] if under else []) + list(first["loc"]))
    return f"{place}: {plain_words(first)}" if place else plain_words(first)


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
