"""Opens files that somebody handed in: a folder, a tar or a zip that holds a node's files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO

from ckslab.errors import UsageError
from ckslab.handed_in.facts import FactReader
from ckslab.handed_in.root import ADVICE, node_root
from ckslab.handed_in.tree import Tree

MAX_PIPED = 512 << 20
"""Bytes that are taken from a pipe."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A node's files as handed in. `source` names the folder or archive; `tree` is read, never written.

    `notes` are sentences for the person who grades: what inside was taken for the node's root, and which
    members of an archive were left out. They may quote names that a stranger chose. lab: the bytes of the
    lab.json beside the node's files, which the same stranger wrote, None where there is none. whole: nothing that
    is read was left out (an archive by `ckslab hand-in`), so that what is not there is not on the node either.
    only: the one folder of the node that was handed in, where that is known ("" else).
    """

    source: str
    tree: Tree
    notes: tuple[str, ...] = ()
    lab: bytes | None = None
    whole: bool = False
    only: str = ""

    @contextmanager
    def reader(self) -> Iterator[FactReader]:
        """One reading: facts of files and folders as the node would resolve their paths, symlinks too.

        It gives 64 MiB of content at most; files beyond that are `unreadable`. UsageError when the files are gone.
        """
        try:
            cursor = self.tree.cursor()
        except OSError as error:
            raise UsageError(f"{self.source} cannot be read any more: {error.strerror}", advice=ADVICE) from error
        with closing(cursor):
            yield FactReader(cursor)


def open_handed_in(path: Path, wanted: Sequence[str] = ()) -> HandedIn:
    """Open a folder or an archive (tar, plain, .gz or .xz, or zip, told by content) that holds a node's files.

    wanted: node paths that will be read; they tell where its root is (see `node_root`). UsageError, with advice,
    when it is absent, neither folder nor archive, damaged, too large or without a node's files.
    """
    try:
        tree, notes = _tree(path)
        return _opened(str(path), tree, notes, wanted)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"{path} is not there", advice=ADVICE) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}", advice=ADVICE) from error


def open_piped(pipe: BinaryIO, wanted: Sequence[str] = ()) -> HandedIn:
    """Open an archive that comes through a pipe, as `open_handed_in` does."""
    source = "standard input"
    with tempfile.TemporaryFile() as file:
        left = MAX_PIPED
        while left > 0 and (part := pipe.read(min(left, 1 << 20))):
            left -= file.write(part)
        if not left:
            raise UsageError(f"{source}: it is longer than {MAX_PIPED >> 20} MiB", advice=ADVICE)
        file.seek(0)
        return _opened(source, *_archive(source, file), wanted)


def _opened(source: str, tree: Tree, notes: Sequence[str], wanted: Sequence[str]) -> HandedIn:
    root = node_root(source, tree, wanted)
    told = (*root.notes, *notes)
    return HandedIn(source, root.tree, told, root.lab, whole=root.lab is not None, only=root.only)


def _tree(path: Path) -> tuple[Tree, list[str]]:
    if "\0" in str(path):
        raise UsageError(f"{str(path)!r} is no file name", advice=ADVICE)
    mode = path.stat().st_mode
    if S_ISDIR(mode):
        return _folder(path), []
    if S_ISREG(mode):
        with path.open("rb") as file:
            return _archive(str(path), file)
    raise UsageError(f"{path} is neither a folder nor a tar or zip file", advice=ADVICE)


def _archive(source: str, file: BinaryIO) -> tuple[Tree, list[str]]:
    from ckslab.handed_in.stream import ArchiveProblem  # only here: archives load tarfile, zipfile and zlib
    from ckslab.handed_in.tar import read_tar
    from ckslab.handed_in.zip import MAGIC, read_zip

    zipped = file.read(len(MAGIC)) == MAGIC
    file.seek(0)
    try:
        return read_zip(file) if zipped else read_tar(file)
    except ArchiveProblem as problem:
        raise UsageError(f"{source}: {problem}", advice=f"Make it again. {ADVICE}") from problem


def _folder(path: Path) -> Tree:
    if os.open not in os.supports_dir_fd:
        raise UsageError(
            f"{path}: folders cannot be read safely on this system",
            advice="Hand in an archive instead: tar -czf node.tar.gz -C FOLDER etc",
        )
    from ckslab.handed_in.folder import FolderTree  # needs what Windows lacks

    return FolderTree(path)
