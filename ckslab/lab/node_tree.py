"""Entries of a running node as a tree in memory: at certain places, with what is in files up to 1 MiB."""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Collection, Iterator
from typing import Literal

from ckslab.cluster.backend import Node
from ckslab.errors import LabError
from ckslab.handed_in.members import Member, members
from ckslab.handed_in.memory import Growing, MemoryTree
from ckslab.handed_in.seen import Parts
from ckslab.handed_in.stream import ArchiveProblem, Unpacked
from ckslab.kubernetes.node_file import MAX_FILE_BYTES

_MOST = MAX_FILE_BYTES // 1024
_READ = rf"\( ! -type f -o -size -{_MOST + 1}k \) -print0"
_UNREAD = rf"\( -type s -o -type f -size +{_MOST}k \) -printf '%y %m %U %s %p\0'"
"""What `find` is to say of what lies somewhere: what tar takes, and what is there and is not read."""


def node_tree(node: Node, entries: Collection[Parts], listed: Collection[Parts]) -> MemoryTree:
    """The node's entries at these places and in these folders, links as links, files up to 1 MiB with what is in
    them.
    """
    growing, links = Growing(), set[Parts]()
    finds = [(f"find {_quoted(entries)} -maxdepth 0", entries)]
    finds += [(f"find {_quoted(listed)} -mindepth 1 -maxdepth 1", listed)]
    told = {what: "; ".join(f"{find} {what}" for find, ways in finds if ways) for what in (_READ, _UNREAD)}
    if not told[_READ]:
        return MemoryTree(growing.root)
    script = f"cd / && {{ {told[_READ]}; }} 2>/dev/null | sort -zu | tar --null --no-recursion -T - -cf -"
    done = node.run(["/bin/sh", "-c", script], timeout=60)
    unread = node.run(["/bin/sh", "-c", f"cd / && {{ {told[_UNREAD]}; }} 2>/dev/null"], timeout=60)
    try:
        for member in (*members(Unpacked(io.BytesIO(done.stdout))), *_unread(unread.stdout)):
            way = tuple(part for part in member.name.split(b"/") if part not in (b"", b"."))
            if member.kind == "link":
                links.add(way)
            if not any(way[:cut] in links for cut in range(1, len(way))):  # else it is elsewhere by its real name
                growing.add(member)
    except ArchiveProblem as problem:
        details = done.stderr.decode(errors="replace")[-500:]
        raise LabError(f"the node's files cannot be read: {problem}", details=details) from problem
    return MemoryTree(growing.root)


def _unread(listed: bytes) -> Iterator[Member]:
    """The members for what `find` has listed by `_UNREAD`; a socket is taken for a pipe, which no tar lacks."""
    for line in listed.split(b"\0"):
        if found := re.fullmatch(rb"([fs]) ([0-7]{1,5}) (\d{1,10}) (\d{1,19}) (.+)", line, re.DOTALL):
            kind: Literal["file", "fifo"] = "file" if found[1] == b"f" else "fifo"
            yield Member(
                name=found[5],
                kind=kind,
                mode=int(found[2], 8),
                uid=int(found[3]),
                size=int(found[4]) if kind == "file" else 0,
                target=b"",
                data=None,
                sparse=False,
            )


def _quoted(ways: Collection[Parts]) -> str:
    return " ".join(shlex.quote("./" + b"/".join(way).decode("utf-8", "surrogateescape")) for way in sorted(ways))
