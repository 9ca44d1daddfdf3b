"""`deleted`: a file of the start is gone, was not only renamed, and did not go together with everything else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ckslab.evidence import CheckType, Evidence, Finding, FolderFact, Need, Params, Where, failed, passed, undecided
from ckslab.kubernetes.node_file import MAX_ENTRIES, FileFact, differs, kind_text
from ckslab.needs.files import FileNeed, FolderNeed, InitialNeed
from ckslab.strict import NodePath

MAX_DEPTH = 8
"""How deep folders are looked into: a level is a round of collecting."""

MAX_FOLDERS = 100


class DeletedParams(Params):
    """path: a file that was there at the start. folder: nothing in it, at any depth, has the content that the file
    had; the file's own folder unless given. beside: files of which one at least is as it was.
    """

    path: NodePath
    folder: NodePath | None = None
    beside: tuple[NodePath, ...] = ()

    @property
    def place(self) -> str:
        """Where nothing may have its content."""
        return self.folder or self.path.rpartition("/")[0] or "/"


class Deleted(CheckType[DeletedParams]):
    """A renamed file, an emptied one and a link in its place are no deleted file."""

    name = "deleted"
    params = DeletedParams

    def needs(self, params: DeletedParams) -> Iterable[Need]:
        """The file now and then, its folder, and the others now and then."""
        yield from (FileNeed(params.path), InitialNeed(params.path), FolderNeed(params.place))
        for path in params.beside:
            yield from (FileNeed(path), InitialNeed(path))

    def judge(self, params: DeletedParams, evidence: Evidence) -> Finding:
        """What is left of the file, else whether anything else is left."""
        evidence.ask(self.needs(params))
        then = evidence.of(InitialNeed(params.path))
        if then.kind != "file":
            return undecided(f"at the start there was no file {params.path}")
        now = evidence.of(FileNeed(params.path))
        expected = f"the file deleted, and nothing with its content in {params.place}"
        if now.kind == "file" and not now.target and not differs(now, then):
            # Not which one: where the task is to find it out, that would be the solution.
            return failed(expected, "it is still there as it was", Where(params.place))
        if now.kind == "unreadable" and not _listed(params.path, evidence.of(FolderNeed(params.place))):
            return undecided(f"{params.path}: {kind_text(now)}")
        if now.kind != "absent" or now.target:
            return failed(expected, f"{params.path} is still there: {_in_its_place(now)}", Where(params.path))
        left = _searched(params.place, then.sha256, evidence)
        if left.found:
            return failed(expected, f"its content is still there, as {left.found}", Where(left.found))
        if left.unread:
            return undecided(left.unread)
        others = [(evidence.of(FileNeed(path)), evidence.of(InitialNeed(path))) for path in params.beside]
        if others and all(differs(*pair) for pair in others):
            return failed(
                "this file deleted, and not all of them",
                "none of those that should stay is left as it was",
                Where(params.place),
                "Whoever deletes everything has found nothing out.",
            )
        return passed()


def _listed(path: str, folder: FolderFact) -> bool:
    """Whether the folder names the file, so that it is there though it cannot be read."""
    parent, _, name = path.rpartition("/")
    return parent == folder.folder.path and name in folder.folder.entries


def _in_its_place(now: FileFact) -> str:
    """What lies at the file's path, in words."""
    if now.target:
        return f"it is a symbolic link to {now.target}"
    if now.kind == "file":
        return "it has another content" if now.size else "it is empty"
    return kind_text(now)


class _Left(NamedTuple):
    """What a search came to. found: a path with the content. unread: why not everything was looked at."""

    found: str = ""
    unread: str = ""


def _searched(top: str, digest: str, evidence: Evidence) -> _Left:
    """Look for the content below a folder; what a symbolic link to a folder leads to is elsewhere."""
    level, folders, unread = [top], 0, ""
    for _ in range(MAX_DEPTH):
        folders += len(level)
        if folders > MAX_FOLDERS:
            return _Left(unread=f"there are more than {MAX_FOLDERS} folders in {top}")
        evidence.ask(FolderNeed(path) for path in level)
        deeper: list[str] = []
        for path in level:
            fact = evidence.of(FolderNeed(path))
            files = {f"{path.rstrip('/')}/{name}": file for name, file in fact.files.items()}
            if found := next((one for one, file in files.items() if _is(file, digest)), ""):
                return _Left(found)
            unread = unread or _unread(path, fact, files, first=path == top)
            deeper += [one for one, file in files.items() if file.kind == "folder" and not file.target]
        level = deeper
        if not level:
            return _Left(unread=unread)
    return _Left(unread=unread or f"folders in {top} lie more than {MAX_DEPTH} deep")


def _is(file: FileFact, digest: str) -> bool:
    return file.kind == "file" and file.sha256 == digest


def _unread(path: str, fact: FolderFact, files: dict[str, FileFact], *, first: bool) -> str:
    """Why not all that lies in a folder was looked at; "" where it was."""
    if fact.folder.kind == "unreadable":
        return f"{path}: {kind_text(fact.folder)}"
    if fact.folder.kind != "folder" and not first:  # its name is not UTF-8, so that nobody can ask for it
        return f"{path} cannot be looked into"
    if len(fact.folder.entries) >= MAX_ENTRIES:
        return f"{path}: more than {MAX_ENTRIES} files lie in it"
    return next((f"{one}: {kind_text(file)}" for one, file in files.items() if file.kind == "unreadable"), "")
