"""Opens files that somebody handed in: a folder or a tar archive that holds a node's root."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from ckslab.errors import UsageError
from ckslab.handed_in.facts import FactReader
from ckslab.handed_in.tree import MAX_ENTRIES, Tree
from ckslab.handed_in.walk import walk

_ADVICE = "Give the folder that holds the node's etc/, or a tar of it: tar -czf node.tar.gz -C FOLDER etc"


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A node's files as handed in. `source` is the folder or tar; `tree` is read, never written.

    `notes` are sentences for the person who grades: which folder inside was taken for the node's root,
    and which members of a tar were left out. They may quote names that a stranger chose.
    """

    source: Path
    tree: Tree
    notes: tuple[str, ...] = ()

    @contextmanager
    def reader(self) -> Iterator[FactReader]:
        """One reading: facts of files and folders as the node would resolve their paths, symlinks too.

        It gives 64 MiB of content at most; files beyond that are `unreadable`. UsageError when the files are gone.
        """
        try:
            cursor = self.tree.cursor()
        except OSError as error:
            raise UsageError(f"{self.source} cannot be read any more: {error.strerror}", advice=_ADVICE) from error
        with closing(cursor):
            yield FactReader(cursor)


def open_handed_in(path: Path) -> HandedIn:
    """Open a folder, or a tar archive (plain, .gz or .xz, told by content), that holds a node's files.

    Its root must hold etc/; else its only subfolder that does is the root, and `notes` says so.
    UsageError, with advice, when it is absent, neither folder nor tar, damaged, too large or no node root.
    """
    try:
        tree, notes = _tree(path)
        tree, inside = _node_root(path, tree)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"{path} is not there", advice=_ADVICE) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}", advice=_ADVICE) from error
    return HandedIn(path, tree, (*inside, *notes))


def _tree(path: Path) -> tuple[Tree, list[str]]:
    if "\0" in str(path):
        raise UsageError(f"{str(path)!r} is no file name", advice=_ADVICE)
    mode = path.stat().st_mode
    if S_ISDIR(mode):
        return _folder(path), []
    if S_ISREG(mode):
        from ckslab.handed_in.tar import read_tar  # only then: it loads tarfile and zlib

        return read_tar(path)
    raise UsageError(f"{path} is neither a folder nor a tar file", advice=_ADVICE)


def _folder(path: Path) -> Tree:
    if os.open not in os.supports_dir_fd:
        raise UsageError(
            f"{path}: folders cannot be read safely on this system",
            advice="Hand in a tar instead: tar -czf node.tar.gz -C FOLDER etc",
        )
    from ckslab.handed_in.folder import FolderTree  # needs what Windows lacks

    return FolderTree(path)


def _node_root(path: Path, tree: Tree) -> tuple[Tree, list[str]]:
    """The tree from the node's root on, and what to say of it; UsageError where there is no clear one."""
    with closing(tree.cursor()) as cursor:
        if _holds_etc(tree):
            return tree, []
        names = sorted(cursor.names(MAX_ENTRIES))
        folders = [name for name in names if cursor.look(name).kind == "folder"]
    roots = [name for name in folders if _holds_etc(tree.below(name))]
    if len(roots) == 1:
        note = f"The node's root is {_quoted(roots[0])}, the only folder in {path} that holds etc/."
        return tree.below(roots[0]), [note]
    if roots:
        several = f"{_quoted(roots[0])}, {_quoted(roots[1])}" + (", ..." if roots[2:] else "")
        raise UsageError(f"{path} holds several nodes: {several}", advice="Grade one of them at a time.")
    if b"kubernetes" in folders:
        raise UsageError(f"{path} holds no etc/, but kubernetes/", advice=f"It looks like etc itself. {_ADVICE}")
    raise UsageError(f"{path} holds no node's files: there is no etc/ in it", advice=_ADVICE)


def _holds_etc(tree: Tree) -> bool:
    try:
        with closing(tree.cursor()) as cursor:
            return walk(cursor, b"/etc").entry.kind == "folder"
    except OSError:
        return False


def _quoted(name: bytes) -> str:
    return repr(name.decode("utf-8", "replace"))
