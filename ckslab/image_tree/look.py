"""What a container of an image meets: its user, what that one may write to, what its command starts, and shells."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ckslab.dockerfile.user import read_user
from ckslab.image_tree.image import Entry, ImageTree
from ckslab.text_lines import lines_of

MAX_HOPS = 40
_WORD = re.compile(r"[^\s\"'`$(){}\[\];&|<>=,]+")


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a container runs as. problem: why no container starts, "" if one may.

    by_name: the image names no number, so that a kubelet cannot tell by itself that it is not root. groups: beside
    gid, of which the user is a member.
    """

    uid: int = 0
    gid: int = 0
    by_name: bool = False
    problem: str = ""
    groups: frozenset[int] = frozenset()

    def may_change(self, entry: Entry) -> str:
        """Why this user may write to it, in words behind its path; "" if not. Root, who always may, is left out."""
        if self.uid and entry.uid == self.uid:
            return "belongs to the program's user, who may give it any mode"
        if entry.mode & 0o002:
            return f"has the mode {entry.mode:04o}"
        if self.uid and entry.mode & 0o020 and entry.gid in (self.gid, *self.groups):
            return f"has the mode {entry.mode:04o} and the group {entry.gid}, of which the program's user is"
        return ""


def resolve(files: Mapping[str, Entry], path: str, followed: list[str] | None = None) -> tuple[str, Entry | None]:
    """The path with all links followed within the image, and what lies there (None for nothing).

    followed: gets where each of the links lies.
    """
    todo, done, hops = [part for part in path.split("/") if part][::-1], "", 0
    while todo:
        part = todo.pop()
        if part in (".", ".."):
            done = done if part == "." else posixpath.dirname(done).rstrip("/")
            continue
        entry = files.get(f"{done}/{part}")
        if entry is not None and entry.kind == "link":
            hops += 1
            if followed is not None:
                followed.append(f"{done}/{part}")
            if hops > MAX_HOPS:
                return f"{done}/{part}", None
            todo += [step for step in entry.target.split("/") if step][::-1]
            done = "" if entry.target.startswith("/") else done
            continue
        done = f"{done}/{part}"
    return done or "/", files.get(done)


def account(image: ImageTree) -> Account:
    """The user of the configuration, as containerd finds it (pkg/oci/spec_opts.go, WithUser).

    Names are those of /etc/passwd and /etc/group, the first line of a name counts. Further groups are those that
    list its name (WithAdditionalGIDs).
    """
    written, _, group = image.config.user.partition(":")
    user = read_user(image.config.user)
    if user.problem:
        return Account(problem=user.problem)
    uid, gid, name = user.uid, 0, "" if user.uid is not None else written
    for line in _rows(image, "/etc/passwd", 4):
        if (uid is not None and line[2] == str(uid)) or (user.uid is None and line[0] == name):
            if not (line[2].isdigit() and line[3].isdigit()):
                return Account(problem=f"/etc/passwd says of {line[0]} what is no number")
            uid, gid, name = int(line[2][:10]), int(line[3][:10]), line[0]
            break
    if uid is None:
        return Account(problem=f"/etc/passwd of the image knows no {written}")
    if group:
        number = int(group[:10]) if group.isdigit() else None
        named = (
            int(line[2][:10]) for line in _rows(image, "/etc/group", 3) if line[0] == group and line[2].isdigit()
        )
        number = next(named, None) if number is None else number
        if number is None:
            return Account(problem=f"/etc/group of the image knows no {group}")
        gid = number
    rows = (line for line in _rows(image, "/etc/group", 4) if line[2].isdigit())
    groups = frozenset(int(line[2][:10]) for line in rows if name and name in line[3].split(","))
    return Account(uid, gid, by_name=user.uid is None or not written, groups=groups - {gid})


def writable(image: ImageTree, who: Account, folder: str) -> tuple[str, str] | None:
    """The first path that could be written to, and why; None if there is none, or no such folder.

    The folder itself may nobody write to; what lies in it, and what links in it lead to, not the user.
    """
    path, there = resolve(image.files, folder)
    if there is None:
        return None
    if there.mode & 0o222:
        return folder, f"has the mode {there.mode:04o}"
    if why := who.may_change(there):
        return folder, why
    for name, entry in sorted(image.files.items()):
        if name.startswith(f"{path}/"):
            why = _behind(image, who, name) if entry.kind == "link" else who.may_change(entry)
            if why:
                return name, why
    return None


def _behind(image: ImageTree, who: Account, link: str) -> str:
    """Why the user may change what a link leads to, or replace it, in words behind the link's path; "" if not."""
    followed: list[str] = []
    path, entry = resolve(image.files, link, followed)
    if entry is None or entry.kind == "other":
        return ""
    if why := who.may_change(entry):
        return f"leads to {path}, which {why}"
    for place in (path, *followed[1:]):  # the first is the link itself
        while (place := posixpath.dirname(place)) in image.files:
            folder = image.files[place]
            kept = folder.mode & 0o1000 and folder.uid != who.uid  # only whoever owns a file replaces it there
            if (why := who.may_change(folder)) and not kept:
                return f"leads below {place}, which {why}"
    return ""


def shells(image: ImageTree, who: Account) -> tuple[str, ...]:
    """Programs that are shells, by what is in them: those that anybody may execute, and those of the user, who may
    make them so. Not what a link to one is called.
    """
    found = ((path, entry) for path, entry in image.files.items() if entry.shell)
    return tuple(sorted(path for path, entry in found if entry.executable or who.uid == entry.uid != 0))


def started(image: ImageTree) -> tuple[str, ...]:
    """Files that its command names, links followed, and that scripts among them name, in no order that matters.

    A word names what is called so, wherever it lies, be it a word of a shell's text or of a variable.
    """
    called: dict[str, set[str]] = {}
    for path, entry in image.files.items():
        there, found = (path, entry) if entry.kind != "link" else resolve(image.files, path)
        if found is not None and found.kind == "file":
            called.setdefault(posixpath.basename(path), set()).add(there)
    config = image.config
    texts, named = [*config.entrypoint, *config.cmd, *config.env], set[str]()
    while texts:
        words = {posixpath.basename(word) for word in _WORD.findall(texts.pop())}
        new = set[str]().union(*(called.get(word, ()) for word in words)) - named
        named |= new
        texts += [image.files[path].text for path in new]
    return tuple(sorted(named))


def _rows(image: ImageTree, path: str, fields: int) -> list[list[str]]:
    entry = resolve(image.files, path)[1]
    lines = (line.split(":") for line in lines_of(entry.text)) if entry else ()
    return [line for line in lines if len(line) >= fields]
