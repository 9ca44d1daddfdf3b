"""What `labnode` answers on the node, validated: the learner is root there, and nothing is taken on trust."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Literal

from pydantic import Base64Bytes, BaseModel, ValidationError

from ckslab.errors import LabError
from ckslab.kubernetes.node_file import FileFact, FileKind, FolderFact


class FileAnswer(BaseModel):
    """One path as `labnode files` describes it. data: the content of a regular file, in base64."""

    path: str
    kind: FileKind
    real: str
    mode: int
    uid: int
    size: int
    sha256: str
    data: Base64Bytes | None
    entries: tuple[str, ...] | None
    reason: str

    def fact(self) -> FileFact:
        """The same as a fact."""
        text: str | None = None
        encoding: Literal["utf-8", "binary", ""] = ""
        if self.kind == "file":
            try:
                text, encoding = (self.data or b"").decode("utf-8"), "utf-8"
            except UnicodeDecodeError:
                encoding = "binary"
        return FileFact(
            path=self.path,
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
        )


def files_request(files: Collection[str], folders: Collection[str]) -> bytes:
    """What `labnode files` is asked on its standard input: paths, and folders with all that lies in them."""
    return json.dumps({"files": list(files), "folders": list(folders)}).encode()


def file_facts(answers: Mapping[str, object]) -> dict[str, FileFact]:
    """The facts by path; a path whose answer makes no sense is left out."""
    found = {}
    for path, answer in answers.items():
        try:
            found[path] = FileAnswer.model_validate(answer).fact()
        except ValidationError:
            continue
    return found


def folder_fact(path: str, facts: Mapping[str, FileFact]) -> FolderFact | None:
    """A folder and what lies in it, out of the facts by path; None where one of them is left out."""
    folder = facts.get(path)
    files = {name: facts.get(f"{path}/{name}") for name in (folder.entries if folder else ())}
    known = {name: fact for name, fact in files.items() if fact}
    return FolderFact(folder, known) if folder and len(known) == len(files) else None


def json_object(answer: bytes, what: str) -> dict[str, object]:
    """An answer that must be one JSON object; LabError when it is not."""
    try:
        decoded = json.loads(answer)
    except ValueError:
        decoded = None
    if not isinstance(decoded, dict):
        raise LabError(f"{what} cannot be read", details=answer[-500:].decode(errors="replace"))
    return decoded
