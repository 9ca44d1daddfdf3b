"""The document of a Dockerfile: what each stage ends up being; a mirror of `labnode dockerfile` (document.go)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_OWN_FRONTEND = re.compile(r"([^/@]+/)?docker/dockerfile(-upstream)?(:[^/@]+)?(@.+)?")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Value(_Part):
    """A text with its variables filled in, as in a build that is given no arguments, for this machine's platform.

    unresolved: variables that it depends on and the base image may have set; `text` is what it is if that has not.
    """

    text: str
    unresolved: tuple[str, ...] = ()

    def depends(self) -> str:
        """What it depends on, in words; "" for nothing."""
        return f"{', '.join(self.unresolved[:3])}, which the base image may have set" if self.unresolved else ""


class _Placed(_Part):
    """line: from 1. stage: in whose build it was set; -1 before the first FROM. onbuild: by a trigger."""

    line: int
    stage: int
    onbuild: bool = False


class Setting(Value, _Placed):
    """USER or WORKDIR."""


class Named(Value, _Placed):
    """A value with a name: of ENV, LABEL or ARG. unset: an ARG without a default."""

    name: str
    unset: bool = False


class Words(_Placed):
    """SHELL, CMD or ENTRYPOINT. form `reset`: a CMD that an ENTRYPOINT, at this place, took away."""

    args: tuple[str, ...]
    form: Literal["exec", "shell", "reset"]


class Healthcheck(_Placed):
    """HEALTHCHECK. test: NONE, or CMD or CMD-SHELL and its words. Times in nanoseconds, 0 for Docker's default."""

    test: tuple[str, ...]
    interval: int
    timeout: int
    start_period: int
    start_interval: int
    retries: int


class Base(Value):
    """What a stage is FROM. kind stage: an earlier one."""

    written: str
    kind: Literal["image", "scratch", "stage"]


class Flag(Value):
    """--name or --name=value of an instruction."""

    name: str


class Heredoc(Value):
    """A document that stands in the file."""

    name: str


class Source(_Part):
    """What COPY or RUN --mount takes files from: the index of a stage, or an image."""

    stage: int | None
    image: str = ""


class Instruction(_Part):
    """One instruction. keyword: in capitals. original: as BuildKit reads it, continued lines joined."""

    keyword: str
    line: int
    last_line: int
    original: str
    args: tuple[Value, ...]
    onbuild: bool = False
    form: Literal["exec", "shell", ""] = ""
    flags: tuple[Flag, ...] = ()
    heredocs: tuple[Heredoc, ...] = ()
    sources: tuple[Source, ...] = ()


class Problem(_Part):
    """Why BuildKit does not take the file, in its own words. line: from 1, 0 where it names none."""

    line: int
    message: str


class Stage(_Part):
    """What a stage ends up being. A setting that is None is the base image's, if it has one.

    built: whether a build of the file builds it. error: what would stop its build, of a stage that nobody builds.
    """

    index: int
    name: str
    line: int
    base: Base
    base_stage: int | None
    platform: Value | None
    built: bool
    error: Problem | None = None
    user: Setting | None
    workdir: Setting | None
    shell: Words | None
    entrypoint: Words | None
    cmd: Words | None
    healthcheck: Healthcheck | None
    env: tuple[Named, ...]
    labels: tuple[Named, ...]
    instructions: tuple[Instruction, ...]

    @property
    def title(self) -> str:
        """What a learner calls it."""
        return f"stage {self.name}" if self.name else f"stage {self.index}"


class Document(_Part):
    """A Dockerfile that BuildKit takes. syntax: the frontend that `# syntax=` names, "" for BuildKit's own."""

    syntax: str
    escape: str
    global_args: tuple[Named, ...]
    stages: tuple[Stage, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _earlier_stages(self) -> Document:
        for index, stage in enumerate(self.stages):
            if stage.index != index or not -1 < (stage.base_stage or 0) <= index:
                raise ValueError("its stages make no sense")
            if (stage.base.kind == "stage") != (stage.base_stage is not None) or stage.base_stage == index:
                raise ValueError("its stages make no sense")
        return self

    def stage(self, name: str) -> Stage | None:
        """The stage of that name, the last of several, or the one that is built: `final`."""
        if name == "final":
            return self.stages[-1]
        return next((stage for stage in reversed(self.stages) if stage.name == name.lower()), None)

    def first(self, stage: Stage) -> Stage:
        """The stage that it is FROM, from stage to stage, which itself is FROM something else."""
        while stage.base_stage is not None:
            stage = self.stages[stage.base_stage]
        return stage

    def outside(self) -> Iterator[Stage]:
        """The stages whose base is no stage of the file."""
        return (stage for stage in self.stages if stage.base.kind != "stage")

    @property
    def other_frontend(self) -> str:
        """The frontend where it may read the file otherwise than BuildKit's own, docker/dockerfile, or ""."""
        return "" if not self.syntax or _OWN_FRONTEND.fullmatch(self.syntax) else self.syntax


class Refused(_Part):
    """A Dockerfile that BuildKit does not take."""

    error: Problem
