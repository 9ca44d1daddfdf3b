"""What `labnode` answers on the node, validated: the learner is root there, and nothing is taken on trust."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Base64Bytes,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    TypeAdapter,
    ValidationError,
)

from ckslab.cluster.node.commands import MAX_LINE
from ckslab.errors import LabError
from ckslab.kubernetes.node_file import MAX_FILE_BYTES, MAX_PATH_TEXT, FileFact, FileKind, FolderFact
from ckslab.strict import first_problem

M = TypeVar("M", bound=BaseModel)

# Go writes a slice or a map that holds nothing as null.
_OR_EMPTY_TUPLE = BeforeValidator(lambda value: () if value is None else value)
_OR_EMPTY_MAPPING = BeforeValidator(lambda value: {} if value is None else value)
_INSTANT = TypeAdapter(AwareDatetime)

PathText = Annotated[str, Field(max_length=MAX_PATH_TEXT)]

Moment = Annotated[float, Field(ge=0, le=1 << 33, allow_inf_nan=False)]
"""In seconds since the epoch."""


def instant(text: object) -> float:
    """An RFC 3339 instant, to the nanosecond as Go writes it, in seconds since the epoch; ValueError."""
    return _INSTANT.validate_python(text).timestamp()


class FilesAnswer(RootModel[dict[str, object]]):
    """What `labnode files` found, by path."""


class FileAnswer(BaseModel):
    """What `labnode files` says of a path. data: the content of a regular file, in base64."""

    kind: FileKind
    real: PathText
    mode: Annotated[int, Field(ge=0, le=0o7777)]
    uid: Annotated[int, Field(ge=0, le=1 << 32)]
    size: Annotated[int, Field(ge=0, le=1 << 63)]
    sha256: Annotated[str, Field(max_length=64)]
    data: Annotated[Base64Bytes, Field(max_length=MAX_FILE_BYTES)] | None
    entries: Annotated[tuple[Annotated[str, Field(max_length=1024)], ...], Field(max_length=2000)] | None
    reason: Annotated[str, Field(max_length=1000)]
    target: PathText = ""

    def fact(self, path: str) -> FileFact:
        """The same as the fact of the path that was asked for."""
        text: str | None = None
        encoding: Literal["utf-8", "binary", ""] = ""
        if self.kind == "file":
            try:
                text, encoding = (self.data or b"").decode("utf-8"), "utf-8"
            except UnicodeDecodeError:
                encoding = "binary"
        return FileFact(
            path=path,
            kind=self.kind,
            real=self.real,
            mode=self.mode,
            uid=self.uid,
            size=self.size,
            sha256=self.sha256,
            text=text,
            encoding=encoding,
            entries=self.entries or (),
            reason=self.reason,
            target=self.target,
        )


def files_request(files: Collection[str], folders: Collection[str]) -> bytes:
    """What `labnode files` is asked on its standard input: paths, and folders with all that lies in them."""
    return json.dumps({"files": list(files), "folders": list(folders)}).encode()


def file_facts(answers: Mapping[str, object]) -> dict[str, FileFact]:
    """The facts by path; a path whose answer makes no sense is left out."""
    valid = {path: _valid(FileAnswer, answer) for path, answer in answers.items()}
    return {path: answer.fact(path) for path, answer in valid.items() if answer}


def folder_fact(path: str, facts: Mapping[str, FileFact]) -> FolderFact | None:
    """A folder and what lies in it, out of the facts by path; None where one of them is left out."""
    folder = facts.get(path)
    files = {name: facts.get(f"{path}/{name}") for name in (folder.entries if folder else ())}
    known = {name: fact for name, fact in files.items() if fact}
    return FolderFact(folder, known) if folder and len(known) == len(files) else None


class SearchAnswer(BaseModel):
    """What `labnode search` found. found: of each content the path of a copy, by its digest. unread: why not all
    was looked at, "" where it was.
    """

    found: Mapping[str, str]
    unread: str


def search_request(folder: str, contents: Iterable[FileFact]) -> bytes:
    """What `labnode search` is asked on its standard input: a folder, and files whose content is looked for."""
    wanted = [{"size": one.size, "sha256": one.sha256} for one in contents]
    return json.dumps({"folder": folder, "contents": wanted}).encode()


class Start(BaseModel):
    """One start of the API server, as `labnode watch` recorded it.

    files: container path -> sha256 hex of each file below its mounts when it began, as far as it could be read, and
    `-> TARGET` of each symlink; later: of those that were another two seconds on. mounts: all mount points of the
    container. pod_uid: of the container's pod, container: its name there, program: the path of what runs, as the
    container sees it; "" where nobody could read it. seen: in seconds since the epoch.
    """

    model_config = ConfigDict(frozen=True)

    argv: Annotated[tuple[str, ...], _OR_EMPTY_TUPLE]
    files: Annotated[Mapping[str, str], _OR_EMPTY_MAPPING]
    later: Annotated[Mapping[str, str], _OR_EMPTY_MAPPING] = Field(default_factory=dict)
    mounts: Annotated[tuple[str, ...], _OR_EMPTY_TUPLE] = ()
    pod_uid: Annotated[str, Field(max_length=64)] = ""
    container: Annotated[str, Field(max_length=64)] = ""
    program: Annotated[str, Field(max_length=4096)] = ""
    seen: Annotated[Moment, BeforeValidator(instant)]
    ended: bool


class LookAnswer(BaseModel):
    """What `labnode look` saw. now, changed: the node's clock, in seconds since the epoch. log: raw lines."""

    now: Moment
    files: dict[str, object]
    starts: tuple[object, ...]
    log_path: Annotated[str, Field(max_length=4096)]
    changed: Moment
    log: tuple[Annotated[str, AfterValidator(lambda line: line[:MAX_LINE])], ...]


def starts_of(answers: Iterable[object]) -> tuple[Start, ...]:
    """Those recorded starts that make sense."""
    return tuple(start for answer in answers if (start := _valid(Start, answer)))


def parsed(model: type[M], answer: bytes, what: str) -> M:
    """A whole answer; LabError, which names it by `what`, when it makes no sense."""
    try:
        return model.model_validate_json(answer)
    except ValidationError as error:
        raise LabError(f"{what} cannot be read", details=first_problem(error)) from error


def _valid(model: type[M], answer: object) -> M | None:
    try:
        return model.model_validate(answer)
    except ValidationError:
        return None
