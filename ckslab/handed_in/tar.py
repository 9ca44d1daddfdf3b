"""Reads a handed-in tar into a tree in memory."""

from __future__ import annotations

from typing import BinaryIO

from ckslab.handed_in.members import members
from ckslab.handed_in.memory import Growing, MemoryTree
from ckslab.handed_in.stream import Unpacked


def read_tar(file: BinaryIO) -> tuple[MemoryTree, list[str]]:
    """The tree in a tar (plain, .gz or .xz), and notes on members that were left out.

    ArchiveProblem when it is no tar, incomplete, damaged or larger than the limits.
    """
    growing = Growing()
    for member in members(Unpacked(file)):
        growing.add(member)
    return MemoryTree(growing.root), growing.notes
