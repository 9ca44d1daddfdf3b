"""What a container of an image meets: who its user is, what that one may write to, and whether a shell is there."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass

from ckslab.dockerfile.user import read_user
from ckslab.image_tree.image import Entry, ImageTree
from ckslab.text_lines import lines_of

MAX_HOPS = 40


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a container runs as. problem: why no container starts, "" if one may.

    by_name: the image names no number, so that a kubelet cannot tell by itself that it is not root.
    """

    uid: int = 0
    gid: int = 0
    by_name: bool = False
    problem: str = ""


def resolve(files: Mapping[str, Entry], path: str) -> tuple[str, Entry | None]:
    """The path with all links followed within the image, and what lies there (None for nothing)."""
    todo, done, hops = [part for part in path.split("/") if part][::-1], "", 0
    while todo:
        part = todo.pop()
        if part in (".", ".."):
            done = done if part == "." else posixpath.dirname(done).rstrip("/")
            continue
        entry = files.get(f"{done}/{part}")
        if entry is not None and entry.kind == "link":
            hops += 1
            if hops > MAX_HOPS:
                return f"{done}/{part}", None
            todo += [step for step in entry.target.split("/") if step][::-1]
            done = "" if entry.target.startswith("/") else done
            continue
        done = f"{done}/{part}"
    return done or "/", files.get(done)


def account(image: ImageTree) -> Account:
    """The user of the configuration, as containerd finds it (pkg/oci/spec_opts.go, WithUser).

    Names are those of /etc/passwd and /etc/group, the first line of a name counts.
    """
    name, _, group = image.config.user.partition(":")
    user = read_user(image.config.user)
    if user.problem:
        return Account(problem=user.problem)
    uid, gid = user.uid, 0
    for line in _rows(image, "/etc/passwd", 4):
        if (uid is not None and line[2] == str(uid)) or (user.uid is None and line[0] == name):
            if not (line[2].isdigit() and line[3].isdigit()):
                return Account(problem=f"/etc/passwd says of {line[0]} what is no number")
            uid, gid = int(line[2][:10]), int(line[3][:10])
            break
    if uid is None:
        return Account(problem=f"/etc/passwd of the image knows no {name}")
    if group:
        number = int(group[:10]) if group.isdigit() else None
        named = (
            int(line[2][:10]) for line in _rows(image, "/etc/group", 3) if line[0] == group and line[2].isdigit()
        )
        number = next(named, None) if number is None else number
        if number is None:
            return Account(problem=f"/etc/group of the image knows no {group}")
        gid = number
    return Account(uid, gid, by_name=user.uid is None or not name)


def writable(image: ImageTree, who: Account, folder: str) -> tuple[str, str] | None:
    """The first path that could be written to, and why; None if there is none, or no such folder.

    The folder itself may nobody write to, what lies in it the user.
    """
    path, there = resolve(image.files, folder)
    if there is None:
        return None
    if there.mode & 0o222:
        return folder, f"has the mode {there.mode:04o}"
    if there.uid == who.uid and who.uid:  # that root may is another fault
        return folder, "belongs to the program's user, who may give it any mode"
    for name, entry in sorted(image.files.items()):
        if name.startswith(f"{path}/") and entry.kind != "link":
            if entry.uid == who.uid and who.uid:
                return name, "belongs to the program's user"
            if entry.mode & 0o002 or (entry.gid == who.gid and entry.mode & 0o020 and who.gid):
                return name, f"has the mode {entry.mode:04o}"
    return None


def shells(image: ImageTree) -> tuple[str, ...]:
    """Programs that are shells, by what is in them, whoever may execute them; not what a link to one is called."""
    return tuple(sorted(path for path, entry in image.files.items() if entry.shell and entry.executable))


def _rows(image: ImageTree, path: str, fields: int) -> list[list[str]]:
    entry = resolve(image.files, path)[1]
    lines = (line.split(":") for line in lines_of(entry.text)) if entry else ()
    return [line for line in lines if len(line) >= fields]
