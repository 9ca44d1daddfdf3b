"""`deleted`: a file of the start is gone, was not only renamed, and did not go together with everything else."""

from __future__ import annotations

from collections.abc import Iterable

from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed, undecided
from ckslab.kubernetes.node_file import FileFact, differs, kind_text
from ckslab.needs.copies import CopiesNeed
from ckslab.needs.files import FileNeed, FolderNeed, InitialNeed
from ckslab.strict import NodePath


class DeletedParams(Params):
    """path: a file that was there at the start. folder: nothing in it, at any depth, has the content that the file
    had; the whole node unless given. beside: files of which one at least is as it was.
    """

    path: NodePath
    folder: NodePath = "/"
    beside: tuple[NodePath, ...] = ()

    @property
    def copies(self) -> CopiesNeed:
        """Whether its content lies there."""
        return CopiesNeed(self.path, self.folder)

    @property
    def own_folder(self) -> str:
        """The folder of the file."""
        return self.path.rpartition("/")[0] or "/"


class Deleted(CheckType[DeletedParams]):
    """A renamed file, an emptied one and a link in its place are no deleted file."""

    name = "deleted"
    params = DeletedParams

    def needs(self, params: DeletedParams) -> Iterable[Need]:
        """The file now and then, where else its content lies, and the others now and then."""
        yield from (FileNeed(params.path), InitialNeed(params.path), params.copies)
        for path in params.beside:
            yield from (FileNeed(path), InitialNeed(path))

    def judge(self, params: DeletedParams, evidence: Evidence) -> Finding:
        """What is left of the file, else whether anything else is left."""
        evidence.ask(self.needs(params))
        then = evidence.of(InitialNeed(params.path))
        if then.kind != "file":
            return undecided(f"at the start there was no file {params.path}")
        now = evidence.of(FileNeed(params.path))
        place = "on the node" if params.folder == "/" else f"in {params.folder}"
        expected = f"the file deleted, and nothing with its content {place}"
        if now.kind == "file" and not now.target and not differs(now, then):
            # Not which one: where the task is to find it out, that would be the solution.
            return failed(expected, "it is still there as it was", Where(params.own_folder))
        if now.kind == "unreadable" and not _listed(params, evidence):
            return undecided(f"{params.path}: {kind_text(now)}")
        if now.kind != "absent" or now.target:
            return failed(expected, f"{params.path} is still there: {_in_its_place(now)}", Where(params.path))
        copies = evidence.of(params.copies)
        if copies.found:
            return failed(expected, f"its content is still there, as {copies.found}", Where(copies.found))
        others = [(evidence.of(FileNeed(path)), evidence.of(InitialNeed(path))) for path in params.beside]
        if others and all(differs(*pair) for pair in others):
            return failed(
                "this file deleted, and not all of them",
                "none of those that should stay is left as it was",
                Where(params.own_folder),
                "Whoever deletes everything has found nothing out.",
            )
        return undecided(copies.unread) if copies.unread else passed()


def _listed(params: DeletedParams, evidence: Evidence) -> bool:
    """Whether its folder names the file, so that it is there though it cannot be read."""
    return params.path.rpartition("/")[2] in evidence.of(FolderNeed(params.own_folder)).folder.entries


def _in_its_place(now: FileFact) -> str:
    """What lies at the file's path, in words."""
    if now.target:
        return f"it is a symbolic link to {now.target}"
    if now.kind == "file":
        return "it has another content" if now.size else "it is empty"
    return kind_text(now)
