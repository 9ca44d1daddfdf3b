"""What is asked of an image that the grader builds."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from ckslab.evidence import Params
from ckslab.kubernetes.image_reference import parse_image_reference
from ckslab.needs.built_image import BuiltImageNeed
from ckslab.needs.built_image.pod import Rule
from ckslab.strict import NodePath


class VariedParams(Params):
    """file: beside the Dockerfile. text: what stands in it is another text in the image that runs. compiled: the
    command of that image starts a program that is another one, too.
    """

    file: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)
    text: str = Field(min_length=4, max_length=200)
    compiled: Literal[True] | None = None


class RunsParams(Params):
    """prints: its output, but for blanks around it. under: what the Pod forbids. stays: it runs on, else it ends
    with exit code 0.

    varied: the image is built of other words, which then are printed in their place.
    """

    prints: str = Field(min_length=1)
    under: tuple[Rule, ...] = ()
    stays: Literal[True] | None = None
    varied: VariedParams | None = None

    @model_validator(mode="after")
    def _prints_what_varies(self) -> RunsParams:
        if self.varied and self.varied.text not in self.prints:
            raise ValueError("the text that varies is no part of what is printed")
        return self


class PackagesParams(Params):
    """names: packages that the image lists as installed. What any step of the build installs is pinned."""

    names: tuple[str, ...] = ()


class BuiltImageParams(Params):
    """path: of the Dockerfile, whose folder is the build's context. max-bytes: of all layers, unpacked. lacks:
    `compilers`, `sources`. sources: files of the node, whose content is a source under any name. tagged: this
    name's image is what the Dockerfile makes. no-shell: no program in it is a shell, whatever it is called.
    not-root: its user is another one, and is there. not-writable: folders that nobody may write to, with nothing in
    them that its user may. packages: which it has, and that the same are installed when there are newer ones, too.
    runs: it does so as a Pod.
    """

    path: NodePath
    max_bytes: int | None = Field(None, gt=0)
    lacks: tuple[Literal["compilers", "sources"], ...] = ()
    sources: tuple[NodePath, ...] = ()
    tagged: str | None = None
    no_shell: Literal[True] | None = None
    not_root: Literal[True] | None = None
    not_writable: tuple[NodePath, ...] = ()
    packages: PackagesParams | None = None
    runs: RunsParams | None = None

    @field_validator("tagged")
    @classmethod
    def _is_a_name(cls, name: str | None) -> str | None:
        parsed = parse_image_reference(name) if name else None
        if name is not None and (parsed is None or parsed.digest or not parsed.tag):
            raise ValueError(f"{name!r} is no image's name with a tag")
        return name

    @model_validator(mode="after")
    def _says_something(self) -> BuiltImageParams:
        if not (self.runs or self.looks):
            raise ValueError("asserts nothing: say what is in the image, or that it runs")
        if self.sources and "sources" not in self.lacks:
            raise ValueError("sources says which files are sources: give lacks: [sources]")
        return self

    @property
    def looks(self) -> bool:
        """Whether anything is asked of what is in the image."""
        looked = (self.max_bytes, self.lacks, self.tagged, self.no_shell, self.not_root, self.not_writable)
        return any(looked) or self.packages is not None

    @property
    def need(self) -> BuiltImageNeed:
        """The build, with what else is asked of it."""
        runs = self.runs
        varied = runs.varied if runs else None
        return BuiltImageNeed(
            self.path,
            self.tagged or "",
            runs.under if runs else None,
            bool(runs and runs.stays),
            varied.file if varied else "",
            varied.text if varied else "",
            bool(varied and varied.compiled),
            self.packages is not None,
        )
