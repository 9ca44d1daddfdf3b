"""Where in handed-in files the node's root is, by what the scenario's checks read; and what a lab put beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from ckslab.errors import UsageError
from ckslab.handed_in.grafted import GraftedTree
from ckslab.handed_in.tree import Tree
from ckslab.handed_in.walk import walk
from ckslab.kubernetes.node_file import MAX_ENTRIES

LAB_FILE = "lab.json"
NODE_FOLDER = "node"
"""An archive by `ckslab hand-in` holds these two: what the lab says of itself, and the node's files."""

MAX_LAB_FILE = 1 << 20
_BESIDE = (LAB_FILE.encode(), NODE_FOLDER.encode())

ADVICE = "Make an archive in the lab: ckslab hand-in · or of the node's root: tar -czf node.tar.gz -C FOLDER etc"
_MAX_WAY = 4  # folders that hold nothing but one folder


@dataclass(frozen=True, slots=True)
class Root:
    """The tree from the node's root on. lab: the bytes of lab.json, None where there is none.

    only: the one folder of the node that was handed in, where that is known ("" else).
    """

    tree: Tree
    lab: bytes | None = None
    notes: tuple[str, ...] = ()
    only: str = ""


def node_root(source: str, tree: Tree, wanted: Sequence[str]) -> Root:
    """The node's root in a tree. wanted: node paths that will be read.

    It is the top, or the only folder in it, that holds etc/ or something wanted. Else the top may be a folder
    of the node itself, which what is wanted tells: /root/policy is wanted, and there is policy/. `notes` say what
    was taken for what. UsageError where nothing is clear.
    """
    place, way = tree, list[bytes]()
    for _ in range(_MAX_WAY):
        if root := _at(source, place, wanted):
            return Root(root.tree, root.lab, tuple(_noted(source, way)))
        folders, files = _entries(place)
        roots = [(name, root) for name in folders if (root := _at(source, place.below(name), wanted))]
        if len(roots) > 1:
            several = f"{_quoted(roots[0][0])}, {_quoted(roots[1][0])}" + (", ..." if roots[2:] else "")
            raise UsageError(f"{source} holds several nodes: {several}", advice="Hand each of them to a --files.")
        if roots:
            name, root = roots[0]
            return Root(root.tree, root.lab, tuple(_noted(source, [*way, name])))
        if grafted := _grafted(source, place, wanted):
            return grafted
        if len(folders) != 1 or files:
            break
        place = place.below(folders[0])
        way.append(folders[0])
    raise _nowhere(source, tree, wanted)


def _noted(source: str, way: Sequence[bytes]) -> Iterator[str]:
    if way:
        name = _quoted(b"/".join(way))
        yield f"The node's root is {name}, the only folder in {source} that holds a node's files."


def _at(source: str, place: Tree, wanted: Sequence[str]) -> Root | None:
    """The root where `place` is one, or the archive of a lab."""
    with closing(place.cursor()) as cursor:
        beside = {name: cursor.look(name) for name in cursor.names(MAX_ENTRIES) if name in _BESIDE}
        kinds = [entry.kind for _, entry in sorted(beside.items())]
        if kinds == ["file", "folder"]:
            if beside[LAB_FILE.encode()].size > MAX_LAB_FILE:
                advice = "Make the archive anew in the lab: ckslab hand-in"
                raise UsageError(f"{source}: {LAB_FILE} is larger than {MAX_LAB_FILE >> 20} MiB", advice=advice)
            return Root(place.below(NODE_FOLDER.encode()), cursor.read(LAB_FILE.encode(), MAX_LAB_FILE))
    if _kind(place, b"/etc") == "folder" or any(_kind(place, path.encode()) for path in wanted):
        return Root(place)
    return None


def _grafted(source: str, place: Tree, wanted: Sequence[str]) -> Root | None:
    """The place as a folder of the node, if exactly one is told by what is wanted below it."""
    parents = {parent for path in wanted for parent, rest in _ways(path) if _kind(place, rest.encode())}
    if not parents and len(set(wanted)) == 1 and "." not in wanted[0] and _holds_manifests(place):
        parents = {wanted[0].rstrip("/")}
    if len(parents) != 1:
        return None
    (parent,) = parents
    parts = tuple(part for part in parent.encode().split(b"/") if part)
    note = f"What {source} holds is taken for the node's {parent}."
    return Root(GraftedTree(place, parts), notes=(note,), only=parent)


def _ways(path: str) -> Iterator[tuple[str, str]]:
    """("/root", "/policy") of "/root/policy": each folder on the way but the root, and the rest."""
    parts = path.strip("/").split("/")
    for cut in range(1, len(parts)):
        yield "/" + "/".join(parts[:cut]), "/" + "/".join(parts[cut:])


def _holds_manifests(place: Tree) -> bool:
    return any(name.endswith((b".yaml", b".yml", b".json")) for name in _entries(place)[1])


def _entries(place: Tree) -> tuple[list[bytes], list[bytes]]:
    """Names of the folders in it, and of everything else."""
    with closing(place.cursor()) as cursor:
        names = sorted(cursor.names(MAX_ENTRIES))
        folders = [name for name in names if cursor.look(name).kind == "folder"]
    return folders, [name for name in names if name not in set(folders)]


def _kind(place: Tree, path: bytes) -> str:
    """What lies at a path, links followed; "" if nothing does."""
    try:
        with closing(place.cursor()) as cursor:
            return walk(cursor, path).entry.kind
    except OSError:
        return ""


def _nowhere(source: str, tree: Tree, wanted: Sequence[str]) -> UsageError:
    if b"kubernetes" in _entries(tree)[0]:
        return UsageError(f"{source} holds no etc/, but kubernetes/", advice=f"It looks like etc itself. {ADVICE}")
    nothing = f", and nothing of {wanted[0]}" if wanted else ""
    return UsageError(f"{source} holds no node's files: there is no etc/ in it{nothing}", advice=ADVICE)


def _quoted(name: bytes) -> str:
    return repr(name.decode("utf-8", "replace"))
