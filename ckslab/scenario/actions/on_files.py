"""Steps on files of the node: write, replace a text, copy, remove, write checksums, edit YAML in place."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ckslab.matching.value_path import ValuePlace
from ckslab.strict import FileMode, Many, NodePath, PackPath, Strict

MAX_PADDING = 1 << 20
"""Bytes: what a node's files are read up to."""


class Padding(Strict):
    """Bytes of no meaning, the same ones for the same text and for no other."""

    bytes: Annotated[int, Field(strict=True, ge=1, le=MAX_PADDING)]
    of: str = Field(min_length=1)


class Write(Strict):
    """Write a file: `content`, or `from` a file of the scenario's folder (loading turns it into content).

    padding: what stands behind the content, for a file that is to be like a program. mode None keeps an old file's
    permissions; a new file has 0644.
    """

    write: NodePath
    content: str | None = None
    from_: PackPath | None = Field(None, alias="from")
    padding: Padding | None = None
    mode: FileMode | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.content is None) == (self.from_ is None):
            raise ValueError("say what to write, in one way: `content: |` or `from: FILE`")
        return self


class Replace(Strict):
    """Replace the one place in a file where `old` stands by `new`; for files that are no YAML (any more)."""

    replace: NodePath
    old: str = Field(min_length=1)
    new: str


class Copy(Strict):
    """Copy a file, or several, on the node. `to` ending in `/` is a folder that keeps the names."""

    copy_: Many[NodePath] = Field(alias="copy")
    to: NodePath
    mode: FileMode | None = None

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(source, target) of every file."""
        if not self.to.endswith("/"):
            return tuple((source, self.to) for source in self.copy_)
        return tuple((source, self.to + source.rpartition("/")[2]) for source in self.copy_)

    @model_validator(mode="after")
    def _several_into_a_folder(self) -> Self:
        if len(self.copy_) > 1 and not self.to.endswith("/"):
            raise ValueError("several files are copied into a folder: let `to` end in /")
        return self


class Remove(Strict):
    """Remove a file, or several."""

    remove: Many[NodePath]


class Checksums(Strict):
    """Write the checksums of files on the node, each with the file's name as sha512sum prints it in their folder.

    nearly-right: those of `of` whose sum is written with another last digit.
    """

    checksums: NodePath
    of: Many[NodePath]
    algorithm: Literal["sha256", "sha512"] = "sha512"
    nearly_right: Many[NodePath] = ()

    @model_validator(mode="after")
    def _names_apart(self) -> Self:
        names = [path.rpartition("/")[2] for path in self.of]
        if doubled := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two files of `of` are called {doubled!r}: their sums could not be told apart")
        return self


class Edit(Strict):
    """Edit values of a YAML file by their paths; `remove` comes first, then `set`, then `append`.

    Comments, order and indentation stay. set makes the mappings on the way that are missing; append makes the list.
    """

    edit: NodePath
    set: dict[ValuePlace, Any] = Field(default_factory=dict)
    remove: tuple[ValuePlace, ...] = ()
    append: dict[ValuePlace, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.set or self.remove or self.append):
            raise ValueError("say what to edit: `set`, `remove` or `append`")
        return self
