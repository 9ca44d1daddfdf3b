"""`file`: a node file is there (or not), with these permissions and this content."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from ckslab.errors import few
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed, undecided
from ckslab.kubernetes.node_file import kind_text
from ckslab.matching.matcher import shown
from ckslab.matching.pattern import Pattern, matching_line
from ckslab.needs.files import FileNeed
from ckslab.strict import NodePath
from ckslab.text_lines import lines_of


class FileParams(Params):
    """is: file, folder or absent. mode: octal. equals: the content (a newline at the end is free).

    contains: texts that must be in it. matches: patterns each of which some line matches. forbid:
    patterns that no line may match. lines: how many lines. entries: a folder's names, exactly.
    """

    path: NodePath
    is_: Literal["file", "folder", "absent"] = Field("file", alias="is")
    mode: str | None = Field(None, pattern=r"^0?[0-7]{3}$")
    equals: str | None = None
    contains: tuple[str, ...] = ()
    matches: tuple[Pattern, ...] = ()
    forbid: tuple[Pattern, ...] = ()
    lines: int | None = Field(None, ge=0)
    entries: tuple[str, ...] | None = None


class File(CheckType[FileParams]):
    """Content, permissions and presence of one node file."""

    name = "file"
    params = FileParams

    def needs(self, params: FileParams) -> Iterable[Need]:
        """The file."""
        return [FileNeed(params.path)]

    def judge(self, params: FileParams, evidence: Evidence) -> Finding:
        """The first thing that is wrong, if any."""
        file = evidence.of(FileNeed(params.path))
        where = Where(params.path)
        if params.is_ == "absent" and file.target:
            return failed(f"{params.path}: absent", f"it is a symbolic link to {file.target}", where)
        if file.kind != params.is_:
            return failed(f"{params.path}: {params.is_}", kind_text(file), where)
        if params.mode is not None and file.mode is None:
            return undecided(f"what was handed in does not tell the permissions of {params.path}")
        if params.mode is not None and file.mode != int(params.mode, 8):
            return failed(f"permissions {int(params.mode, 8):04o}", f"{file.mode:04o}", where)
        if params.entries is not None and sorted(params.entries) != sorted(file.entries):
            return failed(f"in it: {', '.join(sorted(params.entries))}", few(file.entries), where)
        if params.is_ != "file" or not _reads(params):
            return passed()
        if file.text is None:
            return failed("a text file", kind_text(file), where)
        return _content(params, file.text)


def _reads(params: FileParams) -> bool:
    given = (params.contains, params.matches, params.forbid)
    return any(given) or params.equals is not None or params.lines is not None


def _content(params: FileParams, text: str) -> Finding:
    lines = lines_of(text)
    where = Where(params.path)
    if params.equals is not None and text.rstrip("\n") != params.equals.rstrip("\n"):
        return failed(f"the content {shown(params.equals)}", shown(text), where)
    if params.lines is not None and len(lines) != params.lines:
        return failed(f"{params.lines} lines", f"{len(lines)} lines", where)
    for part in params.contains:
        if part not in text:
            return failed(f"{shown(part)} in it", "it is not there", where)
    for pattern in params.matches:
        if matching_line(pattern, lines) is None:
            return failed(f"a line matching {pattern}", "no line does", where)
    for pattern in params.forbid:
        number = matching_line(pattern, lines)
        if number is not None:
            return failed(
                f"no line matching {pattern}", shown(lines[number - 1].strip()), Where(params.path, number)
            )
    return passed()
