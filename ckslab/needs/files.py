"""What lies at a path of the node: a file, a folder, and a file as it was at the start."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from typing_extensions import TypeVar

from ckslab.errors import LabError
from ckslab.evidence import Fact, FileFact, FolderFact, Need, Unavailable
from ckslab.evidence.need import F

ON_EVERY_NODE = frozenset({"/etc", "/home", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/usr", "/var"})  # noqa: S108 - names, not used
"""Folders of the Filesystem Hierarchy Standard 3.0: one that files lack was not handed in."""

WHOLE = "an archive by ckslab hand-in holds all that is read"

if TYPE_CHECKING:
    from ckslab.cluster.backend import Node
    from ckslab.handed_in.facts import FactReader
    from ckslab.needs.sources import HandedInSources, LabSource, Sources

N = TypeVar("N", bound="InitialNeed")


class _OnNode(Need[F]):
    """A path of the node. All of them are read by one command. deep: with what lies directly in it."""

    __slots__ = ()
    path: str
    deep: ClassVar[bool] = False

    def words(self) -> str:
        """What is asked."""
        return f"what {self.path} holds"

    def paths(self) -> tuple[str, ...]:
        """Its path."""
        return (self.path,)

    @abstractmethod
    def among(self, facts: Mapping[str, FileFact]) -> F | Unavailable:
        """Its fact of what the node answered, by path."""

    @abstractmethod
    def read(self, reader: FactReader) -> F:
        """Its fact of handed-in files."""

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Read them on the node."""
        shallow, deep = ({need.path for need in needs if need.deep is yes} for yes in (False, True))
        facts = read_on_node(sources.node, files=shallow, folders=deep)
        return {need: need.among(facts) for need in needs}

    @classmethod
    def of_files(cls, needs: Collection[Self], sources: HandedInSources) -> dict[Self, Fact]:
        """Read them as the node would; what lies where nothing was handed in of is not known."""
        with sources.files.reader() as reader:
            # In a fixed order, so that the same files always meet the same end of what may be read.
            return {
                need: _left_out(need.path, sources, reader) or need.read(reader) for need in sorted(needs, key=repr)
            }


@dataclass(frozen=True, slots=True)
class FileNeed(_OnNode[FileFact]):
    """One node file or folder, symlinks followed as the node's own kernel follows them.

    `path` is absolute on the node. Of a folder the fact lists the entries' names.
    """

    path: str

    def among(self, facts: Mapping[str, FileFact]) -> FileFact | Unavailable:
        """Its fact of what the node answered, by path."""
        return facts.get(self.path) or nonsense(self.path)

    def read(self, reader: FactReader) -> FileFact:
        """Its fact of handed-in files."""
        return reader.file(self.path)


@dataclass(frozen=True, slots=True)
class FolderNeed(_OnNode[FolderFact]):
    """A node folder with what lies directly in it."""

    path: str
    deep: ClassVar[bool] = True

    def among(self, facts: Mapping[str, FileFact]) -> FolderFact | Unavailable:
        """Its fact of what the node answered, by path."""
        from ckslab.cluster.labnode.answers import folder_fact

        return folder_fact(self.path, facts) or nonsense(self.path)

    def read(self, reader: FactReader) -> FolderFact:
        """Its fact of handed-in files."""
        return reader.folder(self.path)


@dataclass(frozen=True, slots=True)
class InitialNeed(Need[FileFact]):
    """A file as it was when the lab was handed to the learner."""

    path: str

    def words(self) -> str:
        """What is asked."""
        return f"how {self.path} was at the start"

    def paths(self) -> tuple[str, ...]:
        """Its path."""
        return (self.path,)

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Read them in the files that the lab kept at its start."""
        return _initial(needs, sources.lab)

    @classmethod
    def of_files(cls, needs: Collection[Self], sources: HandedInSources) -> dict[Self, Fact]:
        """What the lab said of them, or else what every lab of the scenario begins with."""
        if sources.lab:
            return _initial(needs, sources.lab)
        return {need: sources.laid.get(need.path) or need.not_in_files() for need in needs}


def _initial(needs: Collection[N], lab: LabSource) -> dict[N, Fact]:
    found = lab.initial_files({need.path for need in needs})
    return {need: found[need.path] for need in needs}


def _left_out(path: str, sources: HandedInSources, reader: FactReader) -> Unavailable | None:
    """That a path lies where nothing was handed in of: the file may well be on the node.

    So it is where the first folder on its way is not there: below the root one that every node has, below the one
    folder that was handed in any.
    """
    files = sources.files
    if files.whole or path == files.only or not path.startswith("/"):
        return None
    if not path.startswith(f"{files.only}/"):
        return Unavailable(f"nothing but {files.only} was handed in; {WHOLE}")
    first = f"{files.only}/{path[len(files.only) + 1 :].split('/')[0]}"
    if not (files.only or first in ON_EVERY_NODE) or reader.file(first).kind != "absent":
        return None
    return Unavailable(f"nothing of {first} was handed in; {WHOLE}")


def read_on_node(node: Node, files: Collection[str], folders: Collection[str]) -> dict[str, FileFact]:
    """What lies at these paths, and in these folders, by path; LabError when the node does not answer."""
    from ckslab.cluster.backend import LABNODE
    from ckslab.cluster.labnode.answers import FilesAnswer, file_facts, files_request, parsed

    done = node.run([LABNODE, "files"], stdin=files_request(files, folders), timeout=20)
    if done.returncode:
        raise LabError("the node's files cannot be read", details=done.stderr.decode(errors="replace")[-500:])
    return file_facts(parsed(FilesAnswer, done.stdout, "the node's answer about its files").root)


def nonsense(path: str) -> Unavailable:
    """That nobody can tell what the node says of a path."""
    return Unavailable(f"the node's answer about {path} makes no sense")
