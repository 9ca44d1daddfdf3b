"""`dockerfile`: what a stage of a Dockerfile is FROM and who its user is, whichever lines say so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import Field, field_validator, model_validator

from ckslab.dockerfile.document import Document, Setting, Stage
from ckslab.dockerfile.user import read_user
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed, undecided
from ckslab.kubernetes.image_reference import ImageReference, parse_image_reference
from ckslab.kubernetes.node_file import kind_text
from ckslab.matching.matcher import shown
from ckslab.matching.pattern import Pattern, matches
from ckslab.matching.pinned import PIN_WORDS, Pinned, is_pinned, zeros
from ckslab.needs.dockerfile import DockerfileNeed
from ckslab.strict import NodePath

UNPINNED = "A tag that moves, as latest does, names another image tomorrow: nobody knows then what was built."
ROOT = "A process that gets out of a container in which it is root is root on the node as well."


class BaseParams(Params):
    """pinned: by a tag (never latest), by a digest, or by either. tags: what such a tag looks like. names: allowed
    images, without tag and digest.
    """

    pinned: Pinned | None = None
    tags: Pattern | None = None
    names: tuple[str, ...] = ()

    @field_validator("names")
    @classmethod
    def _are_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            parsed = parse_image_reference(name)
            if name != "scratch" and (parsed is None or parsed.tag or parsed.digest):
                raise ValueError(f"{name!r} is no image's name without tag and digest")
        return names

    @model_validator(mode="after")
    def _says_something(self) -> BaseParams:
        if not (self.pinned or self.names):
            raise ValueError("asserts nothing: give pinned or names")
        if self.tags and self.pinned not in ("tag", "either"):
            raise ValueError("tags says which tags pin: give pinned, tag or either")
        return self


class UserParams(Params):
    """One of them. not-root: another user than root, by number or by name. uid: this one, by its number."""

    not_root: Literal[True] | None = None
    uid: int | None = Field(None, ge=0, lt=1 << 31)

    @model_validator(mode="after")
    def _one_of_them(self) -> UserParams:
        if (self.not_root is None) == (self.uid is None):
            raise ValueError("give one of not-root and uid")
        return self

    @property
    def expected(self) -> str:
        """In words."""
        return "a USER other than root" if self.uid is None else f"USER {self.uid}, as a number"


class StagesParams(Params):
    """at-least: so many. The stage takes files from an earlier one that is no base of its own and has a RUN."""

    at_least: int = Field(2, ge=2)


class DockerfileParams(Params):
    """path. stage: by its name, or `final`. base: of this stage, through the stages that it is FROM; every-base: of
    all stages, and the images that COPY and RUN take files from. user: the one that the stage ends up with. stages:
    how many there are, and that files come from one.
    """

    path: NodePath
    stage: str = Field("final", min_length=1)
    base: BaseParams | None = None
    every_base: bool = False
    user: UserParams | None = None
    stages: StagesParams | None = None

    @model_validator(mode="after")
    def _says_something(self) -> DockerfileParams:
        if not (self.base or self.user or self.stages):
            raise ValueError("asserts nothing: give base, user or stages")
        if self.every_base and not self.base:
            raise ValueError("every-base says of which stages the base is judged: give base")
        return self


class Dockerfile(CheckType[DockerfileParams]):
    """What an image is made of and runs as."""

    name = "dockerfile"
    params = DockerfileParams

    def needs(self, params: DockerfileParams) -> Iterable[Need]:
        """What the file says."""
        return [DockerfileNeed(params.path)]

    def judge(self, params: DockerfileParams, evidence: Evidence) -> Finding:
        """The first thing that is wrong; undecided where only what the file does not tell decides it."""
        fact = evidence.of(DockerfileNeed(params.path))
        expected, root = "a Dockerfile that BuildKit takes", f"dockerfile {params.path}"
        if fact.problem:
            where = Where(params.path, fact.problem.line or None)
            return failed(expected, fact.problem.message, where, root=root)
        if fact.document is None:
            return failed("a Dockerfile", kind_text(fact.file), Where(params.path), root=root)
        if fact.document.other_frontend:
            seen = f"# syntax={shown(fact.document.other_frontend)}, and how that one reads it, nobody knows"
            return failed("a Dockerfile for Docker's own frontend", seen, Where(params.path, 1), root=root)
        stage = fact.document.stage(params.stage)
        if stage is None:
            return failed(f"a stage named {params.stage}", "there is none", Where(params.path))
        if stage.error:
            return failed(expected, stage.error.message, Where(params.path, stage.error.line or None))
        findings = list(_findings(params, fact.document, stage))
        certain = (finding for outcome in ("fail", "unknown") for finding in findings if finding.outcome == outcome)
        return next(certain, passed())


def _findings(params: DockerfileParams, document: Document, stage: Stage) -> Iterator[Finding]:
    if params.base:
        for first in document.outside() if params.every_base else [document.first(stage)]:
            yield _base(params.base, first, params.path)
        for line, name in _copied_from(document) if params.every_base else ():
            yield _image(params.base, "files from", shown(name), name, Where(params.path, line))
    if params.user:
        yield _user(params.user, document, stage, params.path)
    if params.stages:
        yield _stages(params.stages, document, stage, params.path)


def _stages(params: StagesParams, document: Document, stage: Stage, path: str) -> Finding:
    expected = f"{params.at_least} stages, and files that {stage.title} takes from an earlier one"
    if len(document.stages) < params.at_least:
        return failed(expected, f"FROM stands there {len(document.stages)} times", Where(path, stage.line))
    own = _with_bases(document, stage)
    taken = [
        (one, source) for index in own for one in document.stages[index].instructions for source in one.sources
    ]
    others = [source.stage for _, source in taken if source.stage is not None and source.stage not in own]
    if any(_runs(document, other) for other in others):
        return passed()
    if others:
        seen = f"{document.stages[others[-1]].title}, from which it takes files, has no RUN that would make any"
        return failed(expected, seen, Where(path, document.stages[others[-1]].line))
    images = [(one, source.image) for one, source in taken if source.stage is None and source.image]
    if images:
        line, name = images[-1][0].line, images[-1][1]
        seen = f"line {line} takes files from {shown(name)}, which is no stage of the file, and so an image"
        return failed(expected, seen, Where(path, line))
    return failed(expected, f"{stage.title} takes no files from another stage", Where(path, stage.line))


def _with_bases(document: Document, stage: Stage) -> set[int]:
    """The stage, and those that it is FROM: their files are its own already."""
    found = {stage.index}
    while stage.base_stage is not None:
        stage = document.stages[stage.base_stage]
        found.add(stage.index)
    return found


def _runs(document: Document, index: int) -> bool:
    """Whether something is made in the stage, or in one that its files come from."""
    met: set[int] = set()
    left: list[int | None] = [index]
    while left:
        at = left.pop()
        if at is None or at in met:
            continue
        met.add(at)
        stage = document.stages[at]
        if any(one.keyword == "RUN" for one in stage.instructions):
            return True
        left += [stage.base_stage, *(source.stage for one in stage.instructions for source in one.sources)]
    return False


def _copied_from(document: Document) -> Iterator[tuple[int, str]]:
    """The images that are no base and of which files are taken all the same, with the line."""
    for stage in document.stages:
        for one in stage.instructions:
            names = (source.image for source in one.sources if source.stage is None)
            yield from ((one.line, name) for name in names if name != "scratch")


def _base(params: BaseParams, stage: Stage, path: str) -> Finding:
    base, where = stage.base, Where(path, stage.line)
    if base.kind == "scratch":  # nothing that could move
        allowed = not params.names or "scratch" in params.names
        return passed() if allowed else failed(_named(params.names), "FROM scratch", where)
    written = shown(base.written) + (f", which is {shown(base.text)}" if base.text != base.written else "")
    return _image(params, "FROM", written, base.text, where)


def _image(params: BaseParams, use: str, written: str, name: str, where: Where) -> Finding:
    """Of one image. use: what it is there for, `FROM` or `files from`."""
    image, seen = parse_image_reference(name), f"{use} {written}"
    if image is None:
        return failed("an image reference", seen, where)
    if params.names and _whole_name(image) not in {
        _whole_name(parse_image_reference(name)) for name in params.names
    }:
        return failed(_named(params.names), seen, where)
    if params.pinned and not is_pinned(image, params.pinned, params.tags):
        expected = f"{use} an image with {PIN_WORDS[params.pinned]}"
        return failed(expected, seen + _why_not(image, params.tags), where, UNPINNED)
    return passed()


def _why_not(image: ImageReference, tags: Pattern | None) -> str:
    """What is wrong with a name that pins nothing, where it does not say so itself."""
    if zeros(image):
        return ", and no image has a digest of zeros"
    if not image.tag and not image.digest:
        return ", which means its tag latest"
    unlike = tags and image.tag.lower() not in ("", "latest") and not matches(tags, image.tag)
    return ", and that tag tells no release" if unlike else ""


def _named(names: tuple[str, ...]) -> str:
    return f"FROM an image named {' or '.join(names)}"


def _whole_name(image: ImageReference | None) -> str:
    return f"{image.registry}/{image.repository}" if image else ""


def _user(params: UserParams, document: Document, stage: Stage, path: str) -> Finding:
    if stage.user is None:
        return _no_user(params, document, stage, path)
    user, where = stage.user, Where(path, stage.user.line)
    if user.unresolved:
        return undecided(f"USER in line {user.line} depends on {user.depends()}")
    found = read_user(user.text)
    seen = f"USER {shown(user.text)}" if user.text else "a USER that is empty"
    seen += ", by an ONBUILD of its base" if user.onbuild else ""
    if found.problem:
        return failed(params.expected, f"{seen}: {found.problem}", where)
    if found.uid == 0 and params.uid != 0:
        also = _another(stage, user)
        return failed(params.expected, f"{seen}, which is root{also}", where, ROOT)
    if params.uid is not None and found.uid is None:
        return failed(params.expected, f"{seen}: whose uid that is, only the image tells", where)
    if params.uid not in (None, found.uid):
        return failed(params.expected, seen, where)
    return passed()


def _another(stage: Stage, last: Setting) -> str:
    """That a USER before does not count."""
    before = [
        one
        for one in stage.instructions
        if one.keyword == "USER" and one.line < last.line and read_user(one.args[0].text).uid != 0
    ]
    return f"; it is the last USER that counts, not the one in line {before[-1].line}" if before else ""


def _no_user(params: UserParams, document: Document, stage: Stage, path: str) -> Finding:
    """Nobody has set one: the base image says who it is, and which that is, the file does not tell."""
    first = document.first(stage)
    where = Where(path, stage.line)
    if first.base.kind == "scratch":
        return failed(params.expected, "no USER is set, so it is root", where, ROOT)
    others = [one.user for one in document.stages if one.user]
    beside = f"; USER in line {others[-1].line} is another stage's" if others else ""
    image = shown(first.base.text)
    seen = f"no USER is set, so it is whom {image} says, and that is root unless its makers took care{beside}"
    return failed(params.expected, seen, where, ROOT)
