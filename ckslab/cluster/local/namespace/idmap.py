"""Which ids of this machine the node's ids are: its root is never the machine's root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ckslab.errors import MissingCapability

ROOT_BASE = 1_000_000_000
"""First id that stands for the node's root when ckslab runs as root: beyond what user databases give
(login.defs ends at 60000, subordinate ranges at 600100000), below what systemd's containers take."""

COUNT = 65536
"""Ids a node has; images use ids up to 65535."""


@dataclass(frozen=True, slots=True)
class IdMap:
    """uids and gids: lines of /proc/PID/uid_map (inside, outside, count). helper: written by newuidmap.

    keeper is an id, inside the *wide* map only, that owns the node template's shared files: in a lab's own map it
    does not exist, so that no lab's root can write to them. None with a single id.
    """

    uids: tuple[tuple[int, int, int], ...]
    gids: tuple[tuple[int, int, int], ...]
    helper: bool
    keeper: int | None

    @property
    def many(self) -> bool:
        """Whether the node has more ids than its root's."""
        return self.keeper is not None

    def wide(self) -> IdMap:
        """The map of the preparing process: the keeper is in it."""
        return self

    def narrow(self) -> IdMap:
        """The map of a lab: as wide, without the keeper."""
        if self.keeper is None:
            return self
        return IdMap(_shorter(self.uids), _shorter(self.gids), self.helper, self.keeper)

    @property
    def name(self) -> str:
        """A short name that is equal for equal owners of files (node templates are kept by it)."""
        return "-".join(f"{outside}x{count}" for _, outside, count in self.uids)


def _shorter(rows: tuple[tuple[int, int, int], ...]) -> tuple[tuple[int, int, int], ...]:
    *head, (inside, outside, count) = rows
    return (*head, (inside, outside, count - 1))


def current() -> IdMap:
    """The map for whoever runs ckslab: root, a user with subordinate ids, or a user with one id."""
    if os.geteuid() == 0:
        rows = ((0, ROOT_BASE, COUNT),)
        return IdMap(rows, rows, helper=False, keeper=COUNT - 1)
    uid, gid = os.getuid(), os.getgid()
    sub_uid, sub_gid = subordinate("uid"), subordinate("gid")
    if sub_uid is None or sub_gid is None or not has_helpers():
        return IdMap(((0, uid, 1),), ((0, gid, 1),), helper=False, keeper=None)
    count = min(sub_uid[1], sub_gid[1], COUNT - 1)
    return IdMap(
        ((0, uid, 1), (1, sub_uid[0], count)),
        ((0, gid, 1), (1, sub_gid[0], count)),
        helper=True,
        keeper=count,
    )


def has_helpers() -> bool:
    """Whether newuidmap and newgidmap (the package uidmap) are installed."""
    return all(shutil.which(f"new{kind}map") for kind in ("uid", "gid"))


def subordinate(kind: str) -> tuple[int, int] | None:
    """First id and count of the caller's range in /etc/subuid or /etc/subgid; None if there is none.

    kind is "uid" or "gid". Lines name the user or the user's number (subuid(5)).
    """
    try:
        lines = Path(f"/etc/sub{kind}").read_text().splitlines()
    except OSError:
        return None
    try:
        names = {pwd.getpwuid(os.getuid()).pw_name, str(os.getuid())}
    except KeyError:
        names = {str(os.getuid())}
    for line in lines:
        parts = line.split(":")
        whole = len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit()
        if whole and parts[0] in names and int(parts[2]) >= 2:
            return int(parts[1]), int(parts[2])
    return None


def write_maps(pid: int, ids: IdMap) -> None:
    """Give the user namespace of process `pid` its ids; MissingCapability when the system refuses."""
    for kind, rows in (("uid", ids.uids), ("gid", ids.gids)):
        if ids.helper:
            words = [str(number) for row in rows for number in row]
            done = subprocess.run([f"new{kind}map", str(pid), *words], capture_output=True, text=True, check=False)
            if done.returncode:
                raise MissingCapability(
                    f"new{kind}map refused to map the ids of /etc/sub{kind}: {done.stderr.strip()}",
                    advice="ask the administrator for lines in /etc/subuid and /etc/subgid (usermod --add-subuids)",
                )
            continue
        try:
            if kind == "gid" and os.geteuid() != 0:
                Path(f"/proc/{pid}/setgroups").write_text("deny")
            text = "".join(f"{inside} {outside} {count}\n" for inside, outside, count in rows)
            Path(f"/proc/{pid}/{kind}_map").write_text(text)
        except OSError as error:
            raise MissingCapability(
                f"this system refuses the id map of a user namespace: {error.strerror}",
                advice="In a container, run it with more rights; see `ckslab doctor`.",
            ) from error
