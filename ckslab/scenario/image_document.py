"""One entry of `setup.images` as an author writes it: a name alone, or an image with what is in it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ckslab.kubernetes.image_reference import parse_image_reference
from ckslab.scenario.placeholders import unknown_placeholders, with_any_words
from ckslab.strict import Identifier, NodePath, Strict

ImageBase = Literal["static", "busybox", "alpine", "gcc", "distroless"]
IMAGE_BASES: tuple[str, ...] = get_args(ImageBase)

RELEASED = ("3.18", "3.19", "3.20")
"""Branches of the base alpine."""

MAX_IMAGES = 16
"""Of one scenario: an archive of the biggest base has 5 MB."""


def _drawn(text: str) -> bool:
    """Whether a word is still to be filled in: then only its lab can tell whether the text is right."""
    return bool(unknown_placeholders(text, ()))


def _in_form(pattern: str, what: str) -> AfterValidator:
    """The text has the form, where nothing in it is to be drawn."""

    def check(text: str) -> str:
        if not _drawn(text) and re.fullmatch(pattern, text) is None:
            raise ValueError(f"{text[:60]!r} is no {what}")
        return text

    return AfterValidator(check)


def _named(text: str) -> str:
    found = parse_image_reference(text)
    if not _drawn(text) and (found is None or found.digest):
        raise ValueError(f"{text[:60]!r} is no name of an image: write it like registry.example.com/app:1.4")
    return text


def _release(text: str) -> str:
    if not _drawn(text) and re.fullmatch(r"3\.\d{1,2}(\.\d{1,3})?", text) is None:
        raise ValueError(f"{text[:60]!r} is no release of Alpine Linux: write it like 3.19.1")
    if not _drawn(text) and ".".join(text.split(".")[:2]) not in RELEASED:
        raise ValueError(f"there is no base for Alpine Linux {text}, but for {', '.join(RELEASED)}")
    return text


Reference = Annotated[str, Field(max_length=300), AfterValidator(_named)]
Package = Annotated[str, _in_form(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}", "name of a package")]
Version = Annotated[str, _in_form(r"[0-9][A-Za-z0-9._+-]{0,63}", "version of a package: write it like 3.1.4-r1")]
Variable = Annotated[str, _in_form(r"[A-Za-z_][A-Za-z0-9_]{0,127}", "name of a variable")]
User = Annotated[
    str, _in_form(r"[A-Za-z0-9_.-]{1,64}(:[A-Za-z0-9_.-]{1,64})?", "user: write it like 10001 or app:app")
]
Text = Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=1 << 20)]
Word = Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=10_000)]
Words = Annotated[tuple[Word, ...], Field(max_length=100)]


class ImageDocument(Strict):
    """An image of the lab's own.

    name: its reference. base: what it is made from. os: the release of the base alpine. packages: listed as
    installed, without files. available: what its apk can install, without files too. files: texts by path.
    archive: a path on the node; the image lies there, and not in the node's store. registry: a service of the
    scenario that has it, and the node's store does not.
    """

    name: Reference
    base: ImageBase = "static"
    os: Annotated[str, AfterValidator(_release)] | None = None
    packages: dict[Package, Version] = Field(default_factory=dict, max_length=500)
    available: dict[Package, Version] = Field(default_factory=dict, max_length=100)
    files: dict[NodePath, Text] = Field(default_factory=dict, max_length=100)
    user: User | None = None
    entrypoint: Words | None = None
    cmd: Words | None = None
    env: dict[Variable, Word] = Field(default_factory=dict, max_length=100)
    labels: dict[Word, Word] = Field(default_factory=dict, max_length=100)
    archive: NodePath | None = None
    registry: Identifier | None = None

    @model_validator(mode="after")
    def _of_its_base(self) -> Self:
        if self.archive is not None and self.registry is not None:
            raise ValueError("an image lies in an `archive` or in a `registry`: name it twice for both")
        parsed = parse_image_reference(with_any_words(self.name))
        if self.registry is not None and (parsed is None or not parsed.tag or parsed.digest):
            raise ValueError("a registry has images by their tags: write NAME:TAG")
        if self.base != "alpine" and (self.packages or self.available or self.os is not None):
            raise ValueError("only the base alpine has `packages`, `available` and an `os`: write `base: alpine`")
        paths = [path.rstrip("/") for path in self.files]
        if any(path == "" or given.endswith("/") for path, given in zip(paths, self.files, strict=True)):
            raise ValueError("`files` are files: none ends in a slash")
        if inside := next((one for one in paths if any(other.startswith(f"{one}/") for other in paths)), None):
            raise ValueError(f"{inside} is a file, and a folder with other files")
        if self.archive is not None and self.archive.endswith("/"):
            raise ValueError("`archive` is a file: no slash at its end")
        return self


def _whole(given: Any) -> Any:
    return {"name": given} if isinstance(given, str) else given


class _OrItsName:
    """Tells JSON Schema that a name may stand for an image that has nothing of its own."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 300}, handler(core_schema)]}


SetupImage = Annotated[ImageDocument, BeforeValidator(_whole), _OrItsName()]
"""An image, or only its name."""
