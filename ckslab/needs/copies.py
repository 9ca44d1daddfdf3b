"""Whether the content that a file had at the start lies anywhere on the node, whatever it is called there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from typing_extensions import TypeVar

from ckslab.errors import LabError
from ckslab.evidence import Fact, FileFact, FolderFact, Need, Unavailable
from ckslab.kubernetes.node_file import MAX_ENTRIES, kind_text
from ckslab.needs.files import FolderNeed

if TYPE_CHECKING:
    from ckslab.cluster.backend import Node
    from ckslab.needs.sources import HandedInSources, LabSource, Sources

MAX_FOLDERS = 10_000
"""Folders of handed-in files that are looked into; `labnode search` on a node has bounds of its own."""

N = TypeVar("N", bound="CopiesNeed")


@dataclass(frozen=True, slots=True)
class CopiesFact:
    """found: the path of a copy, "" where there is none. unread: why not all was looked at, "" where it was."""

    found: str = ""
    unread: str = ""


@dataclass(frozen=True, slots=True)
class CopiesNeed(Need[CopiesFact]):
    """Whether a file in `folder`, at any depth, has the content that the file `path` had at the start.

    What a symbolic link leads to lies where it is. Of an empty file nobody asks for copies: there are none.
    """

    path: str
    folder: str = "/"

    def words(self) -> str:
        """What is asked."""
        return f"whether the content of {self.path} lies anywhere in {self.folder}"

    def paths(self) -> tuple[str, ...]:
        """The file's path."""
        return (self.path,)

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Search the node."""
        return on_node(needs, sources.node, sources.lab)

    @classmethod
    def of_files(cls, needs: Collection[Self], sources: HandedInSources) -> dict[Self, Fact]:
        """What the lab said of its node, of which an archive holds a part; else search what was handed in."""
        if sources.lab:
            told = sources.lab.copies()
            untold = Unavailable("the archive does not tell what else lay on the node; one by ckslab hand-in does")
            return {need: told.get(need, untold) for need in needs}
        return {need: _in_files(need, sources) for need in needs}


def on_node(needs: Collection[N], node: Node, lab: LabSource) -> dict[N, Fact]:
    """Search a node once for each folder; LabError when it does not answer."""
    initial = lab.initial_files({need.path for need in needs})
    found: dict[N, Fact] = {need: _nothing(need, initial[need.path]) for need in needs}
    for folder in sorted({need.folder for need in needs}):
        there = ((need, initial[need.path]) for need in needs if need.folder == folder)
        wanted = {need: fact for need, fact in there if isinstance(fact, FileFact) and fact.sha256 and fact.size}
        if wanted:
            found |= _searched(node, folder, wanted)
    return found


def _searched(node: Node, folder: str, wanted: dict[N, FileFact]) -> dict[N, Fact]:
    from ckslab.cluster.backend import LABNODE
    from ckslab.cluster.labnode.answers import SearchAnswer, parsed, search_request

    done = node.run([LABNODE, "search"], stdin=search_request(folder, wanted.values()), timeout=20)
    if done.returncode:
        raise LabError("the node cannot be searched", details=done.stderr.decode(errors="replace")[-500:])
    answer = parsed(SearchAnswer, done.stdout, "the node's answer about a search")
    return {need: CopiesFact(answer.found.get(fact.sha256, ""), answer.unread) for need, fact in wanted.items()}


def _nothing(need: CopiesNeed, then: FileFact | Unavailable) -> Fact:
    """The fact where there is nothing to look for."""
    if isinstance(then, Unavailable):
        return then
    return CopiesFact() if then.kind == "file" else Unavailable(f"at the start there was no file {need.path}")


def _in_files(need: CopiesNeed, sources: HandedInSources) -> Fact:
    """Search handed-in files, level by level."""
    then = sources.laid.get(need.path) or need.not_in_files()
    if isinstance(then, Unavailable) or not then.size:
        return _nothing(need, then)
    level, folders, unread = [need.folder], 0, ""
    while level and folders <= MAX_FOLDERS:
        facts = FolderNeed.of_files([FolderNeed(path) for path in level], sources)
        folders, level = folders + len(level), []
        for asked, fact in facts.items():
            if not isinstance(fact, FolderFact):
                return fact
            inside = f"{asked.path.rstrip('/')}/"
            files = {inside + name: file for name, file in fact.files.items() if not file.target}
            for path, file in files.items():
                if file.kind == "file" and file.sha256 == then.sha256:
                    return CopiesFact(path)
            unread = unread or _unread(asked.path, fact, files)
            level += [path for path, file in files.items() if file.kind == "folder"]
    return CopiesFact(unread=unread or (f"there are more than {MAX_FOLDERS} folders in it" if level else ""))


def _unread(path: str, fact: FolderFact, files: dict[str, FileFact]) -> str:
    """Why not all that lies in a folder was looked at; "" where it was."""
    if fact.folder.kind == "unreadable":
        return f"{path}: {kind_text(fact.folder)}"
    if len(fact.folder.entries) >= MAX_ENTRIES:
        return f"{path}: more than {MAX_ENTRIES} files lie in it"
    return next((f"{one}: {kind_text(file)}" for one, file in files.items() if file.kind == "unreadable"), "")
